import type { RequestHandler } from "express";
import { InsufficientScopeError } from "express-autogpt";
import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { useEmulator, versions } from "./setup.js";

const world = useEmulator();

const routes: TestAppSettings["routes"] = (app, autogpt) => {
  app.get("/mine", autogpt.requireSignIn(), (_req, res) => void res.json(res.locals.autogpt.user.id));
  app.get("/run", autogpt.requireScopes("RUN_AGENT", "READ_RUN"), (_req, res) => {
    res.json(res.locals.autogpt.scopes);
  });
  app.post("/run", autogpt.requireScopes("RUN_AGENT"), (_req, res) => void res.json("ran"));
  app.post("/run/home", autogpt.requireScopes("RUN_AGENT", { returnTo: "/run?from=form" }), (_req, res) => {
    res.json("ran");
  });
  app.get("/blocks", autogpt.requireScopes("READ_BLOCK"), (_req, res) => void res.json("blocks"));
};

/** Where a form was sent to, and what it asks for. */
function wish(location: string) {
  const { pathname, searchParams } = new URL(location, "http://localhost");
  return [pathname, searchParams.get("returnTo"), searchParams.get("scope")];
}

describe.each(versions)("a person at a guard on %s", (_, version) => {
  it("who is not signed in goes to sign-in, for all at once, and comes back to the same address", async () => {
    const app = await world.start({ ...version, routes });
    const browser = new Browser();
    const sent = await browser.open(`${app.url}/mine?a=1&b=%2F`);
    expect([sent.status, sent.headers.get("cache-control")]).toEqual([302, "no-store"]);
    expect(wish(locationOf(sent))).toEqual(["/auth/login", "/mine?a=1&b=%2F", null]);

    const callback = await world.ask(browser, `${app.url}/run?agent=7&x=a%20b`);
    const back = await browser.open(callback);
    expect(locationOf(back)).toBe("/run?agent=7&x=a%20b");
    const page = await browser.open(`${app.url}${locationOf(back)}`);
    expect(await page.json()).toEqual(["IDENTITY", "READ_BLOCK", "RUN_AGENT", "READ_RUN"]);
  });

  it("who lacks scopes is asked for the granted and the missing together", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    expect((await browser.open(`${app.url}/blocks`)).status).toBe(200);
    const sent = await browser.open(`${app.url}/run?agent=7`);
    expect(wish(locationOf(sent))).toEqual(["/auth/login", "/run?agent=7", "RUN_AGENT READ_RUN"]);
    const login = await browser.open(`${app.url}${locationOf(sent)}`);
    expect(new URL(locationOf(login)).searchParams.get("scope")).toBe(
      "IDENTITY READ_BLOCK RUN_AGENT READ_RUN",
    );
    const back = await browser.open(await world.emulator.consent(locationOf(login)));
    expect(locationOf(back)).toBe("/run?agent=7");
    expect((await browser.open(`${app.url}/run?agent=7`)).status).toBe(200);
  });

  it("who sends a form is answered 303, and comes back to the page of the form", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const send = async (path: string, headers = {}) => {
      const answer = await browser.post(`${app.url}${path}`, headers);
      expect(answer.status).toBe(303);
      return wish(locationOf(answer));
    };
    const scope = "RUN_AGENT";
    expect(await send("/run", { referer: `${app.url}/agents?page=2` })).toEqual([
      "/auth/login",
      "/agents?page=2",
      scope,
    ]);
    expect(await send("/run")).toEqual(["/auth/login", "/", scope]);
    for (const referer of ["https://evil.example/run", "http://localhost:1/run", "not a url", `${app.url}`]) {
      expect(await send("/run", { referer })).toEqual(["/auth/login", "/", scope]);
    }
    expect(await send("/run", { referer: `${app.url}//evil.example/x` })).toEqual([
      "/auth/login",
      "/",
      scope,
    ]);
    expect(await send("/run/home", { referer: `${app.url}/agents` })).toEqual([
      "/auth/login",
      "/run?from=form",
      scope,
    ]);
    expect(await (await browser.open(await world.ask(browser, `${app.url}/run`))).text()).toBe("");
    expect(await (await browser.post(`${app.url}/run`)).json()).toBe("ran");
  });

  it("is not sent anywhere by a prefetch or by HEAD", async () => {
    const app = await world.start({ ...version, routes });
    const visitor = new Browser();
    expect((await visitor.open(`${app.url}/run`, { "sec-purpose": "prefetch" })).status).toBe(401);
    const browser = await world.signIn(app);
    const prefetch = await browser.open(`${app.url}/run`, { "sec-purpose": "prefetch;prerender" });
    expect([prefetch.status, prefetch.headers.get("location")]).toEqual([403, null]);
    const headers = { accept: "text/html", "sec-fetch-mode": "navigate" };
    const head = await browser.fetch(`${app.url}/run`, { method: "HEAD", headers });
    expect([head.status, head.headers.get("location")]).toEqual([403, null]);
    expect((await browser.fetch(`${app.url}/blocks`, { method: "HEAD", headers })).status).toBe(200);
  });
});

describe("a person behind a proxy that strips a prefix", () => {
  it("keeps the prefix in every location, and no other path counts as the app's", async () => {
    const strip: RequestHandler = (req, _res, next) => {
      req.url = req.originalUrl = req.url.replace(/^\/app(?=\/)/, "");
      next();
    };
    const app = await world.start({
      ...{ routes, before: [strip], callbackPath: "/app/auth/callback" },
      options: { basePath: "/app" },
    });
    const navigation = await new Browser().open(`${app.url}/run?agent=7`);
    expect(wish(locationOf(navigation))).toEqual(["/app/auth/login", "/run?agent=7", "RUN_AGENT READ_RUN"]);
    const browser = await world.signIn(app);
    const pages: [string, string][] = [
      ["/app/agents?page=2", "/agents?page=2"],
      ["/app", "/"],
      ["/apple/pie", "/"],
      ["/agents", "/"],
      ["/app//evil.example", "/"],
    ];
    for (const [page, returnTo] of pages) {
      const answer = await browser.post(`${app.url}/run`, { referer: `${app.url}${page}` });
      expect(wish(locationOf(answer))).toEqual(["/app/auth/login", returnTo, "RUN_AGENT"]);
    }
  });
});

describe("a link that asks", () => {
  it("gets only what the factory or a guard names", async () => {
    const app = await world.start({ routes });
    for (const scope of ["RUN_AGENT", "READ_BLOCK READ_RUN", "IDENTITY"]) {
      const url = `${app.url}/auth/login?${new URLSearchParams({ scope })}`;
      expect((await new Browser().open(url)).status).toBe(302);
    }
    const signedIn = await world.signIn(app);
    for (const scope of ["DELETE_INTEGRATIONS", "RUN_AGENT WRITE_FILES", "run_agent", "constructor"]) {
      const url = `${app.url}/auth/login?${new URLSearchParams({ scope })}`;
      expect((await signedIn.open(url)).status).toBe(400);
    }
    expect(app.errors.at(-1)).toMatchObject({ code: "scope_not_offered" });
  });

  it("is told what was not granted", () => {
    const error = new InsufficientScopeError(["RUN_AGENT", "READ_RUN"], "This needs", {
      refused: ["READ_RUN"],
    });
    expect(error.message).toBe(
      "This needs RUN_AGENT and READ_RUN; READ_RUN was asked for and not granted: the application is not allowed it, or the person refused.",
    );
  });
});
