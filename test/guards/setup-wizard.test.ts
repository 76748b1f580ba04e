import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { program, useEmulator, versions } from "./setup.js";

const world = useEmulator();

const routes: TestAppSettings["routes"] = (app, autogpt) => {
  app.get(
    "/connect",
    autogpt.setUpIntegrations("github"),
    (_req, res) => void res.json(res.locals.integrations),
  );
  app.post(
    "/connect",
    autogpt.setUpIntegrations("github"),
    (_req, res) => void res.json(res.locals.integrations),
  );
  const many = [{ provider: "google", scopes: ["a b"] }, "Müller & Söhne", "例え😀", "???>>>~~~"];
  app.get("/many", autogpt.setUpIntegrations(...many), (_req, res) => void res.json(res.locals.integrations));
};

/** Answers the wizard's page as a person does; gives the address that leads back to the app. */
async function answer(wizard: string, decision: "continue" | "cancel", ...providers: string[]) {
  const headers = {
    cookie: `agpt_web_session=${world.emulator.createSession(world.emulator.users[0]?.id ?? "")}`,
  };
  expect((await new Browser().fetch(wizard, { headers })).status).toBe(200);
  const body = new URLSearchParams({ decision });
  for (const provider of providers) body.append("provider", provider);
  return locationOf(await new Browser().fetch(wizard, { method: "POST", headers, body }));
}

async function openWizard(browser: Browser, url: string): Promise<string> {
  const sent = await browser.open(url);
  expect([sent.status, sent.headers.get("cache-control")]).toEqual([302, "no-store"]);
  return locationOf(sent);
}

describe.each(versions)("setUpIntegrations() on %s", (_, version) => {
  it("takes the person to the wizard and back, then calls the handler with the outcome, once", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const wizard = new URL(await openWizard(browser, `${app.url}/connect?step=2`));
    expect(wizard.origin + wizard.pathname).toBe(`${world.emulator.webUrl}/auth/integrations/setup-wizard`);
    expect(Object.fromEntries(wizard.searchParams)).toEqual({
      client_id: world.emulator.application.client_id,
      providers: Buffer.from('[{"provider":"github"}]').toString("base64"),
      redirect_uri: `${app.url}/auth/callback`,
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    const back = await browser.open(await answer(wizard.href, "continue", "github"));
    expect([back.status, locationOf(back)]).toEqual([302, "/connect?step=2"]);
    const done = await browser.open(`${app.url}/connect?step=2`);
    expect(await done.json()).toEqual({ outcome: "completed" });
    expect((await browser.open(`${app.url}/connect?step=2`)).status).toBe(302); // nothing is believed twice
    expect(world.calls("/api/oauth/token")).toHaveLength(1); // the sign-in's
  });

  it("tells the handler that the person cancelled", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const back = await answer(await openWizard(browser, `${app.url}/connect`), "cancel");
    expect(locationOf(await browser.open(back))).toBe("/connect");
    const done = await browser.fetch(`${app.url}/connect`, program);
    expect(await done.json()).toEqual({ outcome: "cancelled" });
  });

  it("asks again when the person never came back", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const first = await openWizard(browser, `${app.url}/connect`);
    const second = await openWizard(browser, `${app.url}/connect`);
    expect(new URL(first).searchParams.get("state")).not.toBe(new URL(second).searchParams.get("state"));
  });

  it("begins with sign-in, and is for people", async () => {
    const app = await world.start({ ...version, routes });
    const visitor = new Browser();
    expect(locationOf(await visitor.open(`${app.url}/connect`))).toBe("/auth/login?returnTo=%2Fconnect");
    expect((await visitor.fetch(`${app.url}/connect`, program)).status).toBe(401);
    const browser = await world.signIn(app);
    for (const refused of [
      await browser.fetch(`${app.url}/connect`, program),
      await browser.post(`${app.url}/connect`),
    ]) {
      expect(refused.status).toBe(400);
      expect(refused.headers.getSetCookie().filter((line) => line.startsWith("autogpt-"))).toEqual([]);
    }
    expect(app.errors.at(-1)).toMatchObject({ code: "navigation_required" });
    expect((await browser.open(`${app.url}/connect`, { "sec-purpose": "prefetch" })).status).toBe(400);
  });
});

describe("what goes to the wizard", () => {
  it("is standard base64 of ASCII, so that atob and JSON give every name back", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    const url = await openWizard(browser, `${app.url}/many`);
    const providers = new URL(url).searchParams.get("providers") ?? "";
    expect(providers).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(url).not.toMatch(/providers=[^&]*\+/); // a bare plus would become a space
    const decoded = atob(providers);
    expect(decoded).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(decoded)).toEqual([
      { provider: "google", scopes: ["a b"] },
      { provider: "Müller & Söhne" },
      { provider: "例え😀" },
      { provider: "???>>>~~~" },
    ]);
    const names = ["google", "Müller & Söhne", "例え😀", "???>>>~~~"];
    expect((await browser.open(await answer(url, "continue", ...names))).status).toBe(302);
  });

  it("is checked when the middleware is made", async () => {
    const { autogpt } = await world.start();
    const make = (...given: unknown[]) => Reflect.apply(autogpt.setUpIntegrations, undefined, given);
    for (const wrong of [
      [],
      [""],
      [undefined],
      [null],
      [7],
      [{}],
      [["github"]],
      ["github", { provider: "" }],
    ]) {
      expect(() => make(...wrong), JSON.stringify(wrong)).toThrow(TypeError);
    }
  });
});

describe("an answer that is none", () => {
  it("does nothing without a transaction of this browser", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    const theirs = await answer(
      await openWizard(await world.signIn(app), `${app.url}/connect`),
      "continue",
      "github",
    );
    for (const forged of [
      `${app.url}/auth/callback?success=true`,
      `${app.url}/auth/callback?success=true&state=${"x".repeat(43)}`,
      theirs,
    ]) {
      expect((await browser.open(forged)).status).toBe(400);
    }
    expect((await browser.open(`${app.url}/connect?success=true`)).status).toBe(302);
  });

  it("of the wizard ends no sign-in", async () => {
    const app = await world.start({ routes });
    const browser = new Browser();
    const login = locationOf(await browser.open(`${app.url}/auth/login`));
    const state = new URL(login).searchParams.get("state");
    for (const query of ["success=true", "error=user_cancelled"]) {
      expect((await browser.open(`${app.url}/auth/callback?${query}&state=${state}`)).status).toBe(400);
    }
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: false });
    expect(world.calls("/api/oauth/token")).toEqual([]);
  });

  it("of a sign-in ends no wizard: no code is spent, and nothing counts as connected", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    for (const query of [
      "code=agpt_code",
      "error=access_denied",
      "success=false",
      "success=true&error=user_cancelled",
    ]) {
      const wizard = await openWizard(browser, `${app.url}/connect`);
      const state = new URL(wizard).searchParams.get("state");
      expect((await browser.open(`${app.url}/auth/callback?${query}&state=${state}`)).status).toBe(400);
      expect((await browser.open(`${app.url}/connect`)).status).toBe(302);
    }
    expect(world.calls("/api/oauth/token")).toHaveLength(1);
  });

  it("after sign-out has nobody to tell", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    const back = await answer(await openWizard(browser, `${app.url}/connect`), "continue", "github");
    await browser.post(`${app.url}/auth/logout`);
    expect((await browser.open(back)).status).toBe(400);
  });
});

describe("with READ_INTEGRATIONS", () => {
  const options = { scopes: ["IDENTITY", "READ_INTEGRATIONS"] } as const;

  it("what is connected is read and not believed", async () => {
    const app = await world.start({ routes, options });
    const browser = await world.signIn(app);
    const state = new URL(await openWizard(browser, `${app.url}/connect`)).searchParams.get("state");
    // The person writes the answer themselves: the address is not signed.
    await browser.open(`${app.url}/auth/callback?success=true&state=${state}`);
    const liar = await browser.open(`${app.url}/connect`);
    expect(await liar.json()).toEqual({ outcome: "completed", connected: [] });

    const back = await answer(await openWizard(browser, `${app.url}/connect`), "continue", "github");
    await browser.open(back);
    const done = await browser.open(`${app.url}/connect`);
    expect(await done.json()).toEqual({ outcome: "completed", connected: ["github"] });
    // What is there needs no wizard, also for a program.
    const again = await browser.fetch(`${app.url}/connect`, program);
    expect(await again.json()).toEqual({ outcome: "completed", connected: ["github"] });
  });

  it("a platform that does not say is an error, not a guess", async () => {
    const app = await world.start({ routes, options });
    const browser = await world.signIn(app);
    const path = "/external-api/v2/integrations/credentials";
    world.emulator.addFault({ path, times: 9, status: 403, body: { error: { code: "no", message: "no" } } });
    expect((await browser.open(`${app.url}/connect`)).status).toBe(502);
  });
});
