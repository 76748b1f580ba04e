import { GrantLostError, memoryGrants, type SignInWithAutoGPTOptions } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { anotherProcess, FaultyStore, refreshes } from "../harness/grants.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

let emulator: Emulator;
let store: FaultyStore;
let browser: Browser;
let userId: string;
const apps: TestApp[] = [];

expectNothingUnhandled();
beforeAll(async () => {
  emulator = await startEmulator();
  userId = emulator.users[0]?.id ?? "";
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.reset();
  store = new FaultyStore(memoryGrants());
  browser = new Browser();
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

/** An app where the browser signs in. */
async function signIn(options: Partial<SignInWithAutoGPTOptions> = {}): Promise<TestApp> {
  const app = await startApp(emulator, { options: { grants: store, ...options } });
  apps.push(app);
  await browser.signIn(emulator, app.url);
  emulator.clearRequests();
  return app;
}
const job = () => anotherProcess(emulator, store);
const isSignedIn = async (app: TestApp, from = browser) => {
  const who = await from.json(`${app.url}/whoami`);
  return Object(who).signedIn === true;
};
const revocations = () => emulator.requests().filter(({ path }) => path === "/api/oauth/revoke");
const tokensRevoked = () => revocations().filter(({ outcome }) => outcome === "revoked").length;
const swaps = () => store.calls.filter((name) => name === "swap").length;

describe("signOutEverywhere", () => {
  it("ends every session of the user: at once here, within 60 seconds elsewhere, and nobody else's", async () => {
    const here = await signIn();
    const [there, stranger] = [new Browser(), new Browser()];
    const elsewhere = await startApp(emulator, { options: { grants: store } });
    apps.push(elsewhere);
    await there.signIn(emulator, elsewhere.url);
    await stranger.signIn(emulator, elsewhere.url, { userId: emulator.users[1]?.id ?? "" });
    expect(await here.autogpt.signOutEverywhere(userId)).toBe(2);
    expect(await isSignedIn(here)).toBe(false);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_001 });
    expect(await isSignedIn(elsewhere, there)).toBe(false);
    expect(await isSignedIn(elsewhere, stranger)).toBe(true);
    await here.autogpt.close();
    expect(tokensRevoked()).toBe(4);
    expect(await here.autogpt.signInsOf(userId)).toEqual([]);
    expect(await here.autogpt.signOutEverywhere(userId)).toBe(0);
  });

  it("ends a grant that was given up too: a pair that arrives late is given back", async () => {
    const app = await signIn();
    const { api } = await app.autogpt.grantFor(userId, "READ_BLOCK");
    emulator.advanceClock(3601);
    emulator.addFault({ path: "/api/oauth/token", delay_ms: 100 });
    const call = api.GET("/v1/blocks").catch((error: unknown) => error);
    await expect.poll(swaps).toBe(1); // the intent
    const release = store.hold("swap");
    await expect.poll(swaps).toBe(2); // the pair
    store.acquireLease = async () => true; // the lease of the one that hangs has ended
    const other = job();
    const dead = await other.grantFor(userId, "READ_BLOCK");
    await expect(dead.api.GET("/v1/blocks")).rejects.toBeInstanceOf(GrantLostError);
    expect(await other.signOutEverywhere(userId)).toBe(0);
    release();
    expect(await call).toBeInstanceOf(GrantLostError);
    await app.autogpt.close();
    await expect(job().grantFor(userId, "READ_BLOCK")).rejects.toBeInstanceOf(GrantLostError);
    expect(refreshes(emulator).filter(({ outcome }) => outcome === "issued")).toHaveLength(1);
    expect(tokensRevoked()).toBe(3); // the old access token, and both of the late pair
  });

  it("is still known to a process that was cut off from the store for longer than the mark lasts", async () => {
    const app = await signIn();
    const { api } = await app.autogpt.grantFor(userId, "READ_BLOCK");
    emulator.advanceClock(3601);
    emulator.addFault({ path: "/api/oauth/token", delay_ms: 100 });
    const call = api.GET("/v1/blocks").catch((error: unknown) => error);
    await expect.poll(swaps).toBe(1); // the intent
    const release = store.hold("swap");
    await expect.poll(swaps).toBe(2); // the pair
    expect(await job().signOutEverywhere(userId)).toBe(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11 * 60_000 });
    release();
    expect(await call).toBeInstanceOf(GrantLostError);
    await expect(job().grantFor(userId, "READ_BLOCK")).rejects.toBeInstanceOf(GrantLostError);
    await app.autogpt.close();
    expect(tokensRevoked()).toBeGreaterThanOrEqual(3);
  });
});

describe("signOut: { revoke: false }", () => {
  it("ends the session at once and keeps the grant for background work, which no list shows", async () => {
    const app = await signIn({ signOut: { revoke: false } });
    const told: object[] = [];
    app.autogpt.events.on("signOut", (event) => told.push(event));
    const stale = new Browser();
    stale.jar = await browser.jar.clone();
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    expect(await isSignedIn(app)).toBe(false);
    expect(await app.autogpt.signInsOf(userId)).toEqual([]);
    expect(revocations()).toEqual([]);
    expect(told).toEqual([{ userId, grantId: expect.any(String), revoked: false }]);

    emulator.advanceClock(3601);
    const { api } = await job().grantFor(userId, "READ_BLOCK");
    expect((await api.GET("/v1/blocks")).response.status).toBe(200);
    expect(refreshes(emulator)).toHaveLength(1);
    expect(await job().signOutEverywhere(userId)).toBe(1);
    await expect(job().grantFor(userId, "READ_BLOCK")).rejects.toBeInstanceOf(GrantLostError);
  });

  it("signs nobody in who comes with a session of before, here or in another process", async () => {
    const app = await signIn({ signOut: { revoke: false } });
    const saved = await new Promise<unknown>((resolve) => app.store.all((_, all) => resolve(all)));
    const stale = new Browser();
    stale.jar = await browser.jar.clone();
    await browser.post(`${app.url}/auth/logout`);
    for (const [id, data] of Object.entries(Object(saved))) app.store.set(id, Object(data));
    expect(await isSignedIn(app, stale)).toBe(false);
    for (const [id, data] of Object.entries(Object(saved))) app.store.set(id, Object(data));
    const other = await startApp(emulator, { options: { grants: store }, session: { store: app.store } });
    apps.push(other);
    expect(await isSignedIn(other, stale)).toBe(false);
    for (const [id, data] of Object.entries(Object(saved))) app.store.set(id, Object(data));
    await other.autogpt.grantFor(userId); // now it remembers the grant
    expect(await stale.json(`${other.url}/whoami`)).toEqual({ signedIn: false, scopes: [], user: null });
  });
});

describe("a new sign-in in a signed-in session", () => {
  it("ends the session's old grant and revokes it", async () => {
    const app = await signIn();
    const [before] = await app.autogpt.signInsOf(userId);
    await browser.signIn(emulator, app.url);
    const list = await app.autogpt.signInsOf(userId);
    expect(list).toHaveLength(1);
    expect(list[0]?.id).not.toBe(before?.id);
    await app.autogpt.close();
    expect(tokensRevoked()).toBe(2);
    expect(await isSignedIn(app)).toBe(true);
  });
});

describe("a platform that is down at sign-out", () => {
  it("keeps nobody signed in or waiting, and is told when it is back", async () => {
    const app = await signIn();
    emulator.addFault({ path: "/api/oauth/revoke", status: 502, body: "<html>bad gateway</html>" });
    const begun = performance.now();
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    expect(performance.now() - begun).toBeLessThan(4500);
    expect(await isSignedIn(app)).toBe(false);
    await expect.poll(tokensRevoked, { timeout: 5000 }).toBe(2);
  });

  it("and does not answer at all: the person waits a few seconds at most", async () => {
    const app = await signIn();
    emulator.addFault({ path: "/api/oauth/revoke", delay_ms: 6000 });
    const begun = performance.now();
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    expect(performance.now() - begun).toBeLessThan(4500);
    expect(await isSignedIn(app)).toBe(false);
    await expect.poll(tokensRevoked, { timeout: 9000 }).toBe(2);
  });
});
