import type { RequestHandler } from "express";
import {
  GrantLostError,
  InsufficientScopeError,
  SignInRequiredError,
  type SignInWithAutoGPT,
} from "express-autogpt";
import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { program, useEmulator, versions } from "./setup.js";

const world = useEmulator();

const routes = (app: Parameters<NonNullable<TestAppSettings["routes"]>>[0], autogpt: SignInWithAutoGPT) => {
  const me: RequestHandler = (req, res, next) => {
    req.autogpt.api.GET("/v2/me").then(({ data }) => res.json(data?.user_id), next);
  };
  app.get("/me", autogpt.requireScopes("IDENTITY"), me);
  app.post("/me", autogpt.requireScopes("IDENTITY"), me);
  const library: RequestHandler = (req, res, next) => {
    req.autogpt.api.GET("/v2/library/agents").then(({ data }) => res.json(data?.items.length), next);
  };
  // Behind requireSignIn alone: only the client notices what is missing.
  app.get("/library", autogpt.requireSignIn(), library);
  app.get("/offers-it", autogpt.requireScopes("READ_LIBRARY"), library);
  app.get("/of-nobody", autogpt.requireSignIn(), (_req, _res, next) => {
    autogpt.grantFor("somebody else").then(() => next(), next);
  });
  app.get("/files", autogpt.requireSignIn(), (req, res, next) => {
    req.autogpt.api.GET("/v2/files").then(({ data }) => res.json(data), next);
  });
};

describe.each(versions)("an error thrown inside a handler on %s", (_, version) => {
  it("that stands before the router reaches whoever asked", async () => {
    const early: RequestHandler = (req, _res, next) => {
      const errors: Record<string, Error> = {
        "/lost": new GrantLostError("somebody"),
        "/lacking": new InsufficientScopeError(["RUN_AGENT"]),
      };
      next(errors[req.path]);
    };
    const app = await world.start({ ...version, before: [early] });
    const statusOf = async (path: string, sent: { headers: Record<string, string> }) =>
      (await new Browser().fetch(app.url + path, sent)).status;
    expect(await statusOf("/lost", program)).toBe(401);
    expect(await statusOf("/lacking", program)).toBe(403);
    expect(
      await statusOf("/lacking", { headers: { accept: "text/html", "sec-fetch-mode": "navigate" } }),
    ).toBe(403);
    expect(locationOf(await new Browser().open(`${app.url}/lost`))).toBe("/auth/login?returnTo=%2Flost");
  });

  it("about a grant that is lost sends the person to sign in and back; programs get 401", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    world.emulator.advanceClock(3600 * 24 * 31); // both tokens have expired
    const refused = await browser.fetch(`${app.url}/me`, program);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await refused.json()).toMatchObject({ code: "grant_lost", signIn: "/auth/login" });
    expect(app.errors[0]).toBeInstanceOf(GrantLostError);

    const again = await world.signIn(app);
    world.emulator.advanceClock(3600 * 24 * 31);
    const sent = await again.open(`${app.url}/me?tab=2`);
    expect(locationOf(sent)).toBe("/auth/login?returnTo=%2Fme%3Ftab%3D2");
    const back = await again.open(await again.consent(world.emulator, `${app.url}${locationOf(sent)}`));
    expect(locationOf(back)).toBe("/me?tab=2");
    expect((await again.open(`${app.url}/me?tab=2`)).status).toBe(200);
  });

  it("about another user's grant sends nobody anywhere: the person who looks cannot mend it", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const answer = await browser.open(`${app.url}/of-nobody`);
    expect([answer.status, answer.headers.get("location")]).toEqual([401, null]);
  });

  it("about a grant that is lost under a form is a page, not a redirect that drops the form", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    world.emulator.advanceClock(3600 * 24 * 31);
    const answer = await browser.post(`${app.url}/me`);
    expect([answer.status, answer.headers.get("location")]).toEqual([401, null]);
    expect(await answer.text()).toContain('href="/auth/login"');
  });

  it("about a missing scope asks for it once, then says no", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const refused = await browser.fetch(`${app.url}/library`, program);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "insufficient_scope", missing: ["READ_LIBRARY"] });
    expect(app.errors[0]).toBeInstanceOf(InsufficientScopeError);

    const sent = await browser.open(`${app.url}/library?page=2`);
    expect(locationOf(sent)).toBe("/auth/login?returnTo=%2Flibrary%3Fpage%3D2&scope=READ_LIBRARY");
    const granted = ["IDENTITY", "READ_BLOCK"] as const;
    const back = await browser.open(await world.ask(browser, `${app.url}/library?page=2`, { granted }));
    expect(locationOf(back)).toBe("/library?page=2");
    const no = await browser.open(`${app.url}/library?page=2`);
    expect([no.status, no.headers.get("location")]).toEqual([403, null]);
  });

  it("about a scope that neither the factory nor a guard names is never asked for", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    expect((await browser.open(`${app.url}/files`)).status).toBe(403);
  });

  it("of a page that forgot its guard sends a visitor to sign in", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    await browser.post(`${app.url}/auth/logout`);
    const sent = await browser.open(`${app.url}/private?x=1`);
    expect(locationOf(sent)).toBe("/auth/login?returnTo=%2Fprivate%3Fx%3D1");
    expect(app.errors[0]).toBeInstanceOf(SignInRequiredError);
  });
});
