import { describe, expect, it } from "vitest";
import type { TestApp, TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { program, useEmulator } from "./setup.js";

const world = useEmulator();
const [ada, grace] = [0, 1].map((at) => () => world.emulator.users[at]?.id ?? "") as [
  () => string,
  () => string,
];

const routes: NonNullable<TestAppSettings["routes"]> = (app, autogpt) => {
  app.post("/cart", (req, res) => {
    Object.assign(req.session, { cart: ["tea"] });
    res.json("added");
  });
  app.get("/cart", (req, res) => void res.json(Reflect.get(req.session, "cart") ?? []));
  app.get("/run", autogpt.requireScopes("RUN_AGENT"), (_req, res) => void res.json("run"));
  app.get("/blocks", autogpt.requireScopes("READ_BLOCK"), async (_req, res) => {
    const { data } = await res.locals.autogpt.api.GET("/v2/blocks");
    res.json(data?.items.length);
  });
};

async function prepare(settings: TestAppSettings = {}) {
  const signIns: string[] = [];
  const app = await world.start({
    ...settings,
    routes,
    options: { onSignIn: ({ user }) => void signIns.push(user.id), ...settings.options },
  });
  const ended: string[] = [];
  app.autogpt.events.on("signOut", ({ userId }) => ended.push(userId));
  const browser = await world.signIn(app, ada());
  await browser.post(`${app.url}/cart`);
  const sid = async () =>
    (await browser.jar.getCookies(app.url)).find(({ key }) => key === "connect.sid")?.value;
  return { app, browser, sid, signIns, ended };
}

function revoked() {
  return world.calls("/api/oauth/revoke").flatMap(({ outcome, token_type }) => {
    return outcome === "revoked" ? [token_type] : [];
  });
}

function sessionCount(app: TestApp): Promise<number> {
  return new Promise((resolve, reject) => {
    app.store.length((error, length) => (error ? reject(error) : resolve(length ?? 0)));
  });
}

describe("more consent of the same user", () => {
  it("keeps the session's data under a fresh session id, and the old id signs nobody in", async () => {
    const { app, browser, sid, signIns, ended } = await prepare();
    const before = await sid();
    const back = await browser.open(await world.ask(browser, `${app.url}/run?x=1`));
    expect(locationOf(back)).toBe("/run?x=1");
    expect(await sid()).not.toBe(before);
    expect(await sessionCount(app)).toBe(1);
    expect(await browser.json(`${app.url}/cart`)).toEqual(["tea"]);
    expect((await browser.open(`${app.url}/run`)).status).toBe(200);
    const stale = { ...program.headers, cookie: `connect.sid=${before}` };
    expect(await (await browser.fetch(`${app.url}/whoami`, { headers: stale })).json()).toMatchObject({
      signedIn: false,
    });
    expect([signIns, ended]).toEqual([[ada()], []]);
  });

  it("revokes the old refresh token at once and leaves the access token for a minute", async () => {
    const { app, browser } = await prepare();
    await browser.open(await world.ask(browser, `${app.url}/run`));
    await expect.poll(revoked).toEqual(["refresh_token"]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(revoked()).toEqual(["refresh_token"]);
    expect(await app.autogpt.signInsOf(ada())).toHaveLength(1);
    await app.autogpt.close(); // does not wait for the minute
    expect(revoked()).toEqual(["refresh_token", "access_token"]);
  });
});

describe("more consent of another user", () => {
  it("is a new sign-in in a fresh session, without the first user's data, and ends the first grant", async () => {
    const { app, browser, sid, signIns, ended } = await prepare();
    const before = await sid();
    const callback = await world.ask(browser, `${app.url}/run`, { userId: grace() });
    expect(locationOf(await browser.open(callback))).toBe("/run");
    expect(await sid()).not.toBe(before);
    expect(await browser.json(`${app.url}/cart`)).toEqual([]);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ user: { id: grace() } });
    expect([signIns, ended]).toEqual([[ada(), grace()], [ada()]]);
    await expect.poll(revoked).toEqual(["refresh_token", "access_token"]);
    expect(await app.autogpt.signInsOf(ada())).toEqual([]);
    expect(await app.autogpt.signInsOf(grace())).toHaveLength(1);
  });

  it("comes back to a browser that signed in as a third in between: never under that user", async () => {
    const { app, browser } = await prepare();
    const callback = await world.ask(browser, `${app.url}/run`, { userId: ada() });
    await browser.signIn(world.emulator, app.url, { userId: grace() });
    await browser.post(`${app.url}/cart`);
    await browser.open(callback);
    expect(await browser.json(`${app.url}/cart`)).toEqual([]);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({
      user: { id: ada() },
      scopes: ["IDENTITY", "READ_BLOCK", "RUN_AGENT"],
    });
    expect(await app.autogpt.signInsOf(grace())).toEqual([]);
  });
});

describe("more consent that is refused", () => {
  it("leaves the old grant and the session as they are, and the error knows where to go on", async () => {
    const { app, browser, sid } = await prepare();
    const before = await sid();
    const callback = await world.ask(browser, `${app.url}/run?x=1`, { decision: "deny" });
    const denied = await browser.open(callback);
    expect(denied.status).toBe(400);
    expect(app.errors.at(-1)).toMatchObject({ code: "access_denied", returnTo: "/run?x=1" });
    expect(await denied.text()).toContain('href="/run?x=1">Try again');
    expect(await sid()).toBe(before);
    expect(await browser.json(`${app.url}/cart`)).toEqual(["tea"]);
    expect((await browser.open(`${app.url}/blocks`)).status).toBe(200);
    expect(revoked()).toEqual([]);
  });

  it("by the platform in part: one attempt, then 403 that names what was refused; no loop", async () => {
    const { app, browser } = await prepare();
    const granted = ["IDENTITY", "READ_BLOCK"] as const;
    await browser.open(await world.ask(browser, `${app.url}/run`, { granted }));
    for (const _ of [1, 2]) {
      const refused = await browser.open(`${app.url}/run`);
      expect(refused.status).toBe(403);
      expect(refused.headers.get("www-authenticate")).toContain('scope="RUN_AGENT"');
      expect(await refused.text()).toContain("RUN_AGENT was asked for and not granted");
    }
    const program403 = await browser.fetch(`${app.url}/run`, program);
    expect(await program403.json()).toMatchObject({ missing: ["RUN_AGENT"], ask: expect.any(String) });
    expect((await browser.open(`${app.url}/blocks`)).status).toBe(200);
    expect(await browser.json(`${app.url}/cart`)).toEqual(["tea"]);

    // The person may still ask for it with a link of their own.
    const login = `${app.url}/auth/login?scope=RUN_AGENT&returnTo=/run`;
    expect(locationOf(await browser.open(await browser.consent(world.emulator, login)))).toBe("/run");
    expect((await browser.open(`${app.url}/run`)).status).toBe(200);
  });

  it("in part at the first sign-in: the same", async () => {
    const app = await world.start({ routes });
    const browser = new Browser();
    await browser.open(await world.ask(browser, `${app.url}/run`, { granted: ["IDENTITY"] }));
    expect((await browser.open(`${app.url}/run`)).status).toBe(403);
    expect((await browser.open(`${app.url}/blocks`)).status).toBe(403);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: true, scopes: ["IDENTITY"] });
  });

  it("for the application: the platform's card leads back as a denial, and the old grant works on", async () => {
    const { app, browser } = await prepare();
    const { client_id } = world.emulator.application;
    world.emulator.updateApplication(client_id, { scopes: ["IDENTITY", "READ_BLOCK"] });
    const denied = await browser.open(await world.ask(browser, `${app.url}/run`));
    expect(denied.status).toBe(400);
    expect((await browser.open(`${app.url}/blocks`)).status).toBe(200);
  });
});

describe("a plain sign-in of the same user in a signed-in session", () => {
  it("is a sign-in, not more consent: onSignIn is called, and the scopes are the factory's", async () => {
    const { app, browser, signIns } = await prepare();
    await browser.open(await world.ask(browser, `${app.url}/run`));
    await browser.signIn(world.emulator, app.url, { userId: ada() });
    expect(signIns).toEqual([ada(), ada()]);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ scopes: ["IDENTITY", "READ_BLOCK"] });
  });
});
