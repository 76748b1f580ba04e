import { connect } from "node:net";
import express, { type RequestHandler, Router } from "express";
import { signInWithAutoGPT } from "express-autogpt";
import session from "express-session";
import express4 from "express4";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { SECRET, type TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { program, useEmulator } from "./setup.js";

const world = useEmulator();

const versions: [string, TestAppSettings, () => Router][] = [
  ["Express 5", {}, () => Router()],
  ["Express 4", { create: express4 }, () => express4.Router()],
];
const open: RequestHandler = (_req, res) => void res.json("open");

describe.each(versions)("a guard on %s", (_, version, createRouter) => {
  const routes: TestAppSettings["routes"] = (app, autogpt) => {
    app.use("/used", autogpt.requireScopes("RUN_AGENT"));
    app.get("/used/x", open);
    const router = createRouter();
    router.use(autogpt.requireScopes("RUN_AGENT"));
    router.get("/x", open);
    app.use("/api", router);
    app.get("/array", [autogpt.requireSignIn(), autogpt.requireScopes("RUN_AGENT")], open);
    app.route("/route").all(autogpt.requireScopes("RUN_AGENT")).get(open);
    app.get("/route/:id", autogpt.requireScopes("RUN_AGENT"), (req, res) => void res.json(req.params.id));
  };
  const places = ["/used/x", "/api/x", "/array", "/route", "/route/7"];

  it("works with app.use, routers, arrays, route() and parameters", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    for (const place of places) {
      expect((await new Browser().fetch(app.url + place, program)).status).toBe(401);
      expect((await browser.fetch(app.url + place, program)).status).toBe(403);
      const sent = new URL(locationOf(await browser.open(`${app.url}${place}?q=1`)), app.url);
      expect(sent.searchParams.get("returnTo")).toBe(`${place}?q=1`);
    }
    await browser.open(await world.ask(browser, `${app.url}/api/x`));
    for (const place of places) expect((await browser.fetch(app.url + place, program)).status).toBe(200);
  });

  it("runs for every spelling of a path that reaches the handler", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const spellings = (prefix: string) => [
      `/${prefix.toUpperCase()}/x`,
      `//${prefix}/x`,
      `/${prefix}//x`,
      `/${prefix}/%78`,
      `/%${prefix.charCodeAt(0).toString(16)}${prefix.slice(1)}/x`,
      `/${prefix}/x/`,
      `/${prefix}%2fx`,
      `/${prefix}%2Fx`,
      `/${prefix}/x%2f`,
      `/${prefix}/./x`,
      `/x/../${prefix}/x`,
      `/${prefix};a=b/x`,
      `/${prefix}/x;a=b`,
      `/${prefix}\\x`,
      `/${prefix}/x%00`,
      `/${prefix}/x?a#b`,
    ];
    for (const path of [...spellings("api"), ...spellings("used")]) {
      for (const who of [browser, new Browser()]) {
        // The path goes out as it is spelt: a URL object would tidy it up.
        const answer = await raw(app.url, path, await who.jar.getCookieString(app.url));
        expect([401, 403, 404], `${path}: ${answer}`).toContain(answer);
      }
    }
    expect(await raw(app.url, "/api/x", await browser.jar.getCookieString(app.url))).toBe(403);
  });

  it("takes nobody's word but its own router's for who is signed in", async () => {
    const forger: RequestHandler = (req, res, next) => {
      const forged = { signedIn: true, user: { id: "x" }, scopes: ["RUN_AGENT"], api: {} };
      Object.assign(req, { autogpt: forged, auth: forged, user: forged });
      Object.assign(res.locals, { autogpt: forged });
      next();
    };
    const app = await world.start({
      ...{ ...version, before: [forger] },
      routes(express, autogpt) {
        express.use(forger);
        express.get("/run", autogpt.requireScopes("RUN_AGENT"), (_req, res) => {
          res.json(res.locals.autogpt.user.id);
        });
      },
    });
    const headers = {
      ...program.headers,
      authorization: "Bearer agpt_xt_forged",
      "x-forwarded-uri": "/whoami",
      x_forwarded_uri: "/whoami",
      "x-original-url": "/whoami",
      "x-rewrite-url": "/whoami",
      "x-http-method-override": "OPTIONS",
      "x-autogpt-user": "x",
      "x-forwarded-user": "x",
    };
    expect((await new Browser().fetch(`${app.url}/run`, { headers })).status).toBe(401);
    const browser = await world.signIn(app);
    expect((await browser.fetch(`${app.url}/run`, { headers })).status).toBe(403);
    await browser.open(await world.ask(browser, `${app.url}/run`));
    const answer = await browser.fetch(`${app.url}/run`, { headers });
    expect(await answer.json()).toBe(world.emulator.users[0]?.id);
  });

  it("before the router is a mistake that says so, whoever asks", async () => {
    const { client_id, client_secret } = world.emulator.application;
    const other = signInWithAutoGPT({
      ...{ clientId: client_id, clientSecret: client_secret, scopes: ["IDENTITY"], secret: SECRET },
      redirectUri: "http://localhost:3000/auth/callback",
    });
    const app = await world.start({
      ...version,
      before: [(req, res, next) => (req.path === "/early" ? other.requireSignIn()(req, res, next) : next())],
      routes: (express) => express.get("/early", open),
    });
    const browser = await world.signIn(app);
    expect((await browser.fetch(`${app.url}/early`, program)).status).toBe(500);
    expect((await browser.open(`${app.url}/early`)).status).toBe(500);
    expect(app.errors[0]).toMatchObject({ code: "setup_incomplete" });
    expect(String(app.errors[0])).toContain("app.use(autogpt.router)");
  });
});

describe("a guard", () => {
  it("of one instance knows nothing of another's sign-in", async () => {
    const { client_id, client_secret, redirect_uris } = world.emulator.application;
    const second = signInWithAutoGPT({
      ...{ clientId: client_id, clientSecret: client_secret, scopes: ["IDENTITY", "RUN_AGENT"] },
      // Another platform makes it another instance.
      ...{ secret: SECRET, platform: { webUrl: world.emulator.webUrl, backendUrl: "http://127.0.0.1:9" } },
      redirectUri: redirect_uris[0]?.replace("/auth/", "/second/") ?? "",
    });
    const app = await world.start({
      routes(express, first) {
        express.use(second.router);
        express.get("/first", first.requireSignIn(), (_req, res) => void res.json(res.locals.autogpt.scopes));
        express.get("/second", second.requireSignIn(), open);
      },
    });
    const browser = await world.signIn(app);
    const answer = await browser.fetch(`${app.url}/first`, program);
    expect(await answer.json()).toEqual(["IDENTITY", "READ_BLOCK"]);
    expect((await browser.fetch(`${app.url}/second`, program)).status).toBe(401);
    const sent = await browser.open(`${app.url}/second`);
    expect(locationOf(sent)).toMatch(/^\/second\/login\?/);
  });

  it("gives its own instance's user to req.autogpt, whichever router came last", async () => {
    const { client_id, client_secret, redirect_uris } = world.emulator.application;
    const second = signInWithAutoGPT({
      ...{ clientId: client_id, clientSecret: client_secret, scopes: ["IDENTITY"], secret: SECRET },
      platform: { webUrl: world.emulator.webUrl, backendUrl: "http://127.0.0.1:9" },
      redirectUri: redirect_uris[0]?.replace("/auth/", "/second/") ?? "",
    });
    const app = await world.start({
      routes(express, first) {
        express.use(second.router);
        express.get("/first", first.requireSignIn(), (req, res) => void res.json(req.autogpt.user.id));
        express.get("/last", (req, res) => void res.json(req.autogpt.signedIn));
      },
    });
    const browser = await world.signIn(app);
    expect(await browser.json(`${app.url}/first`)).toBe(world.emulator.users[0]?.id);
    expect(await browser.json(`${app.url}/last`)).toBe(false);
  });

  it("of another application below another path: its own error handler leads to its own sign-in", async () => {
    const { client_id, client_secret, redirect_uris } = world.emulator.application;
    const guests = signInWithAutoGPT({
      ...{ clientId: client_id, clientSecret: client_secret, scopes: ["IDENTITY"], secret: SECRET },
      platform: { webUrl: world.emulator.webUrl, backendUrl: "http://127.0.0.1:9" },
      redirectUri: redirect_uris[0]?.replace("/auth/", "/guests/auth/") ?? "",
    });
    const readers = signInWithAutoGPT({
      ...{ clientId: client_id, clientSecret: client_secret, scopes: ["IDENTITY"], secret: SECRET },
      platform: { webUrl: world.emulator.webUrl, backendUrl: "http://127.0.0.1:8" },
      redirectUri: redirect_uris[0]?.replace("/auth/", "/readers/auth/") ?? "",
    });
    const listener = express();
    listener.set("env", "test");
    listener.use(session({ secret: "keyboard cat", resave: false, saveUninitialized: false }));
    listener.use("/guests", guests.router);
    listener.use("/readers", readers.router);
    listener.get(["/guests/me", "/readers/me"], (req, res) => void res.json(req.autogpt.user));
    listener.use(readers.errorHandler(), guests.errorHandler());
    const page = { accept: "text/html", "sec-fetch-mode": "navigate" };
    for (const of of ["guests", "readers"]) {
      const sent = await request(listener).get(`/${of}/me`).set(page);
      expect([sent.status, sent.headers.location]).toEqual([302, `/${of}/auth/login?returnTo=%2F${of}%2Fme`]);
      const told = await request(listener).get(`/${of}/me`).set("accept", "application/json");
      expect(JSON.parse(told.text)).toMatchObject({ status: 401, signIn: `/${of}/auth/login` });
    }
  });

  it("of one application made twice says so, and signs nobody out", async () => {
    const { client_id, client_secret, redirect_uris } = world.emulator.application;
    const twin = signInWithAutoGPT({
      ...{ clientId: client_id, clientSecret: client_secret, scopes: ["IDENTITY"], secret: SECRET },
      ...{ platform: world.emulator, redirectUri: redirect_uris[0]?.replace("/auth/", "/second/") ?? "" },
    });
    const app = await world.start({
      routes(express) {
        express.use("/twin", twin.router);
        express.get("/twin", open);
      },
    });
    const browser = await world.signIn(app);
    expect((await browser.fetch(`${app.url}/twin`, program)).status).toBe(500);
    expect(String(app.errors[0])).toContain("pass both the same `grants`");
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: true });
  });

  it("refuses a misspelt scope when it is made", async () => {
    const app = await world.start();
    const make = (...scopes: unknown[]) => Reflect.apply(app.autogpt.requireScopes, undefined, scopes);
    expect(() => make("RUN_AGNET")).toThrow(
      new TypeError("RUN_AGNET is not a scope of the platform; did you mean RUN_AGENT?"),
    );
    expect(() => make("run_agent")).toThrow(/did you mean RUN_AGENT\?/);
    expect(() => make("RUN_AGENT READ_RUN")).toThrow(/name them one by one, "RUN_AGENT", "READ_RUN"\.$/);
    for (const wrong of ["toString", "", undefined, null, 7]) expect(() => make(wrong)).toThrow(TypeError);
    // An array must not be taken for options: the guard would demand nothing.
    expect(() => make(["RUN_AGENT"])).toThrow(/one by one/);
    expect(() => make({ scopes: ["RUN_AGENT"] })).toThrow(/one by one/);
    expect(() => make("RUN_AGENT", { returnTo: "https://evil.example" })).toThrow(/must be a path/);
  });
});

/** The status for a request line as it stands. */
async function raw(url: string, path: string, cookie: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      const head = `Host: ${hostname}:${port}\r\nAccept: application/json\r\nConnection: close\r\n`;
      socket.write(`GET ${path} HTTP/1.1\r\n${head}${cookie && `Cookie: ${cookie}\r\n`}\r\n`);
    });
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("end", () => resolve(Number(answer.slice(9, 12))));
    socket.on("error", reject);
  });
}
