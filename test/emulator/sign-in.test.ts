import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import express, { type Express } from "express";
import { type SignInWithAutoGPTOptions, signInWithAutoGPT } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import session, { type SessionOptions } from "express-session";
import request from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.reset());

const redirectUri = "http://localhost:3000/auth/callback";

function createApp(
  options: Partial<SignInWithAutoGPTOptions> = {},
  settings: Partial<SessionOptions> = {},
): Express {
  const autogpt = signInWithAutoGPT({
    ...{ clientId: emulator.application.client_id, clientSecret: emulator.application.client_secret },
    ...{ redirectUri, scopes: ["IDENTITY"], platform: emulator },
    secret: "a secret of more than thirty-two characters",
    ...options,
  });
  const app = express().set("env", "test");
  app.use(session({ secret: "keyboard cat", resave: false, saveUninitialized: false, ...settings }));
  app.use(autogpt.router);
  app.get("/", autogpt.requireSignIn(), (_req, res) => void res.json(res.locals.autogpt.user.email));
  app.post("/run", autogpt.requireScopes("RUN_AGENT"), express.urlencoded(), (req, res) => {
    res.json([res.locals.autogpt.scopes, req.body]);
  });
  app.get("/moved", (_req, res) => res.redirect("/"));
  app.use(autogpt.errorHandler());
  return app;
}

describe("emulator.signIn()", () => {
  it("gives an agent whose cookie supertest can send", async () => {
    const app = createApp();
    const agent = await emulator.signIn(app);
    await request(app).get("/").set("Cookie", agent.cookie).expect(200, '"ada@example.com"');
    await request(app).get("/").expect(401);
    expect(agent.cookie).toMatch(/^connect\.sid=[^;]+$/); // no transaction is left
  });

  it("signs in another user, with scopes that a guard names, and fetches as a page of the app", async () => {
    const agent = await emulator.signIn(createApp(), { user: "grace@example.com", scopes: ["RUN_AGENT"] });
    expect(await (await agent.fetch("/")).json()).toBe("grace@example.com");
    const body = new URLSearchParams({ topic: "tea & cake" });
    const ran = await agent.fetch("/run", { method: "POST", body });
    expect(await ran.json()).toEqual([["IDENTITY", "RUN_AGENT"], { topic: "tea & cake" }]);
    expect(
      (await agent.fetch("/run", { method: "POST", headers: { "sec-fetch-site": "cross-site" } })).status,
    ).toBe(403);
  });

  it("follows no redirect unless it is told to, and never out of the app", async () => {
    const agent = await emulator.signIn(createApp(), { user: emulator.users[1] ?? "" });
    expect((await agent.fetch("/moved")).headers.get("location")).toBe("/");
    expect(await (await agent.fetch("/moved", { redirect: "follow" })).json()).toBe("grace@example.com");
    const login = await agent.fetch("/auth/login", { redirect: "follow" });
    expect(login.headers.get("location")).toContain(emulator.webUrl);
    await expect(agent.fetch("https://evil.example/")).rejects.toThrow("is not the app");
  });

  it("keeps cookies and lets go of those that end", async () => {
    const agent = await emulator.signIn(createApp());
    await agent.fetch("/auth/logout", { method: "POST" });
    expect((await agent.fetch("/")).status).toBe(401);
  });

  it("takes a server, listening or not, and an address", async () => {
    const server = createServer(createApp());
    expect((await (await emulator.signIn(server)).fetch("/")).status).toBe(200);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as { port: number };
    for (const app of [server, `http://127.0.0.1:${port}`]) {
      expect((await (await emulator.signIn(app)).fetch("/")).status).toBe(200);
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("registers a redirect URI that the emulator does not know", async () => {
    const own = "http://127.0.0.1:4711/sso/callback";
    const app = createApp({ redirectUri: own });
    await emulator.signIn(app, { loginPath: "/sso/login" });
    await emulator.signIn(createApp()); // the first one is still there
  });

  it("works with https behind a proxy, and with SameSite=Strict", async () => {
    const secure = createApp(
      { redirectUri: "https://app.example.com/auth/callback" },
      { cookie: { secure: true }, proxy: true },
    );
    expect((await (await emulator.signIn(secure)).fetch("/")).status).toBe(200);
    const strict = createApp({}, { cookie: { sameSite: "strict" } });
    expect((await (await emulator.signIn(strict)).fetch("/")).status).toBe(200);
  });
});

describe("emulator.signIn() says what is wrong", () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["no router", () => emulator.signIn(express()), /answered 404.*router mounted/],
    ["login elsewhere", () => emulator.signIn(createApp(), { loginPath: "/in" }), /loginPath/],
    [
      "a scope nobody names",
      () => emulator.signIn(createApp(), { scopes: ["WRITE_FILES"] }),
      /answered 400.*does not ask/,
    ],
    ["an unknown user", () => emulator.signIn(createApp(), { user: "x@y.z" }), /no user x@y\.z; it has ada/],
    [
      "a misspelt option",
      // @ts-expect-error: what JavaScript may pass
      () => emulator.signIn(createApp(), { scope: ["RUN_AGENT"] }),
      /^emulator\.signIn\(\): there is no option scope; did you mean scopes\?$/,
    ],
    [
      "a scope instead of options",
      // @ts-expect-error: what JavaScript may pass
      () => emulator.signIn(createApp(), ["RUN_AGENT"]),
      /must be an object with user, scopes, loginPath/,
    ],
    [
      "a misspelt option of consent",
      // @ts-expect-error: what JavaScript may pass
      () => emulator.consent(emulator.url, { userID: "x" }),
      /^emulator\.consent\(\): there is no option userID; did you mean userId\?$/,
    ],
    ["another platform", () => emulator.signIn(createApp({ platform: undefined })), /platform: emulator/],
    [
      "an unknown application",
      () => emulator.signIn(createApp({ clientId: "agpt_client_x" })),
      /no application agpt_client_x/,
    ],
    [
      "a wrong secret",
      () => emulator.signIn(createApp({ clientSecret: "agpt_secret_no" })),
      /callback .* answered 500/,
    ],
    [
      "a basePath without the proxy that strips it",
      () =>
        emulator.signIn(
          createApp({ basePath: "/app", redirectUri: "http://localhost:3000/app/auth/callback" }),
        ),
      /callback \/app\/auth\/callback was answered 404\. Does a proxy strip .* or test without basePath\./,
    ],
    [
      "a cookie that is dropped",
      () => emulator.signIn(createApp({}, { cookie: { secure: true } })),
      /trust proxy/,
    ],
    [
      "onSignIn that throws",
      () => emulator.signIn(createApp({ onSignIn: () => Promise.reject(new Error("no")) })),
      /callback .* answered 500/,
    ],
  ])("%s", async (_, signIn, message) => {
    await expect(signIn()).rejects.toThrow(message);
  });

  it("a scope that the application may not ask for", async () => {
    emulator.updateApplication(emulator.application.client_id, { scopes: ["READ_BLOCK"] });
    await expect(emulator.signIn(createApp())).rejects.toThrow(
      /access_denied: may the emulator's application/,
    );
  });
});

it("works under node:test", { timeout: 60_000 }, async () => {
  const file = fileURLToPath(new URL("fixtures/app-tests.ts", import.meta.url));
  const run = promisify(execFile)(process.execPath, ["--import", "tsx", "--test", file], { timeout: 50_000 });
  expect((await run).stdout).toMatch(/pass 1\b[\s\S]*fail 0\b/);
});
