import {
  ApplicationError,
  type AutoGPTEvents,
  GrantLostError,
  PlatformError,
  StoreError,
} from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anotherProcess, FaultyStore, refreshes, signInUser } from "../harness/grants.js";

let emulator: Emulator;
let store: FaultyStore;
let userId: string;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(async () => {
  emulator.reset();
  store = new FaultyStore();
  ({ userId } = await signInUser(emulator, store));
  emulator.clearRequests();
});

/** A process of its own that knows the time of the emulator only from its answers. */
function newProcess() {
  const autogpt = anotherProcess(emulator, store);
  const events: { name: string; event: object }[] = [];
  for (const name of ["refresh", "grantLost", "fault"] as const satisfies (keyof AutoGPTEvents)[]) {
    autogpt.events.on(name, (event: object) => events.push({ name, event }));
  }
  const grant = () => autogpt.grantFor(userId, "READ_BLOCK");
  const call = async () => (await (await grant()).api.GET("/v1/blocks")).response.status;
  return { autogpt, events, grant, call };
}

/** The access token dies at the platform, which this process cannot know before it asks. */
function expireAccessToken(): void {
  emulator.advanceClock(3601);
}

const at = (count: number, work: () => Promise<unknown>) =>
  Promise.allSettled(Array.from({ length: count }, work));
const values = (results: PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === "fulfilled" ? result.value : result.reason));

describe("a fresh access token", () => {
  it("comes from one refresh for 50 parallel calls, and every call succeeds", async () => {
    const one = newProcess();
    expireAccessToken();
    expect(values(await at(50, one.call))).toEqual(Array(50).fill(200));
    expect(refreshes(emulator)).toHaveLength(1);
    expect(one.events.map(({ name }) => name)).toEqual(["refresh"]);
    expect(one.events[0]?.event).toEqual({
      userId,
      grantId: expect.stringMatching(/^[\w-]{22}$/),
      durationMs: expect.any(Number),
    });
  });

  it("comes from one refresh for processes that share nothing but the store", async () => {
    const processes = [newProcess(), newProcess(), newProcess(), newProcess()];
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 300 });
    const calls = processes.flatMap((one) => Array.from({ length: 25 }, one.call));
    expect(values(await Promise.allSettled(calls))).toEqual(Array(100).fill(200));
    expect(refreshes(emulator)).toHaveLength(1);
    expect(processes.flatMap(({ events }) => events).map(({ name }) => name)).toEqual(["refresh"]);
  });

  it("is made before the old one expires: five minutes, on the platform's clock", async () => {
    const one = newProcess();
    emulator.advanceClock(3600 - 302);
    await one.call(); // learns the time
    expect(refreshes(emulator)).toHaveLength(0);
    emulator.advanceClock(4);
    await one.call();
    await one.call();
    expect(refreshes(emulator)).toHaveLength(1);
    expect(emulator.requests().filter(({ status }) => status === 401)).toEqual([]);
  });

  it("is not asked for again by a process that starts later", async () => {
    expireAccessToken();
    await newProcess().call();
    await newProcess().call();
    expect(refreshes(emulator)).toHaveLength(1);
  });

  it("is stored though the caller has gone", async () => {
    const one = newProcess();
    const { api } = await one.grant();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 300 });
    const aborting = api.GET("/v1/blocks", { signal: AbortSignal.timeout(100) });
    await expect(aborting).rejects.toMatchObject({ name: "TimeoutError" });
    await expect.poll(() => one.events.length).toBe(1);
    expect(await newProcess().call()).toBe(200);
    expect(refreshes(emulator)).toHaveLength(1);
  });

  it("replaces one that another call saw refused, without sending the dead one again", async () => {
    const one = newProcess();
    const grants = await Promise.all([one.grant(), one.grant(), one.grant()]);
    expireAccessToken();
    expect((await grants[0]?.api.GET("/v2/blocks"))?.response.status).toBe(200);
    expect((await grants[1]?.api.GET("/v2/blocks"))?.response.status).toBe(200);
    expect((await grants[2]?.api.GET("/v2/blocks"))?.response.status).toBe(200);
    const calls = emulator.requests().filter(({ path }) => path === "/external-api/v2/blocks");
    expect(calls.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
  });

  it("repeats a call that the limit for dead access tokens refused, once another call has a new one", async () => {
    const one = newProcess();
    const grants = await Promise.all(Array.from({ length: 12 }, one.grant));
    expireAccessToken();
    const answers = await Promise.all(grants.map(({ api }) => api.GET("/v2/blocks")));
    expect(answers.map(({ response }) => response.status)).toEqual(Array(12).fill(200));
    expect(emulator.requests().filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    expect(refreshes(emulator)).toHaveLength(1);
  });
});

describe("a passing fault", () => {
  it.each([
    ["500", { status: 500, body: { detail: "x" } }],
    ["429", { status: 429, body: { detail: "x" }, headers: { "Retry-After": "7" } }],
    ["HTML from a proxy", { status: 502, body: "<html>bad gateway</html>" }],
    ["a lost connection", { drop: "before" as const }],
  ])("keeps the grant, and a token that still lasts is used: %s", async (_, fault) => {
    const one = newProcess();
    emulator.advanceClock(3600 - 120);
    await one.call(); // learns the time: the access token has two minutes left
    emulator.addFault({ path: "/api/oauth/token", times: 1, ...fault });
    expect(await one.call()).toBe(200);
    expect(await one.call()).toBe(200);
    expect(one.events.map(({ name }) => name)).toEqual(["fault"]);
    expect(one.events.filter(({ name }) => name === "grantLost")).toEqual([]);
    expect((await one.autogpt.signInsOf(userId)).length).toBe(1);
  });

  it("is a 503 that says when to come back, where no token lasts; then all is well", async () => {
    const one = newProcess();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, status: 500, body: "oops" });
    const failed = await one.call().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(PlatformError);
    expect(failed).toMatchObject({ status: 503, retryAfter: 5, headers: { "Retry-After": "5" } });
    expect(one.events.map(({ name }) => name)).toEqual(["fault"]);
    expect(await newProcess().call()).toBe(200);
  });

  it("is not met again by each request: the platform rests", async () => {
    const one = newProcess();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 9, status: 500, body: "oops" });
    for (let n = 0; n < 5; n += 1) await one.call().catch(() => {});
    expect(refreshes(emulator)).toHaveLength(1);
  });
});

describe("an API that refuses every access token", () => {
  it("is asked with one new access token, not with one for each call", async () => {
    const one = newProcess();
    emulator.advanceClock(120);
    emulator.addFault({ path: "/external-api/v1/blocks", times: 99, status: 401, body: { detail: "no" } });
    for (let n = 0; n < 6; n += 1) expect(await one.call()).toBe(401);
    expect(refreshes(emulator)).toHaveLength(1);
    expect(one.events.map(({ name }) => name)).toEqual(["refresh"]);
  });
});

describe("a dead grant", () => {
  it("is 401 with the user's ID, told once, and never asked about again", async () => {
    const [one, two] = [newProcess(), newProcess()];
    const [mine, theirs] = [await one.grant(), await two.grant()];
    emulator.advanceClock(31 * 24 * 3600);
    const lost = await mine.api.GET("/v1/blocks").catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(GrantLostError);
    expect(lost).toMatchObject({ status: 401, code: "grant_lost", userId });
    await expect(theirs.api.GET("/v1/blocks")).rejects.toBeInstanceOf(GrantLostError);
    await expect(one.call()).rejects.toBeInstanceOf(GrantLostError);
    expect(refreshes(emulator)).toHaveLength(1);
    const told = [...one.events, ...two.events];
    expect(told).toEqual([
      { name: "grantLost", event: { userId, grantId: expect.any(String), reason: "refused" } },
    ]);
  });

  it("is one whose answer was lost after the platform did the work", async () => {
    const one = newProcess();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, drop: "after" });
    await expect(one.call()).rejects.toBeInstanceOf(PlatformError);
    const two = newProcess();
    await expect(two.call()).rejects.toBeInstanceOf(GrantLostError);
    expect(two.events).toMatchObject([{ name: "grantLost", event: { reason: "interrupted" } }]);
    expect(refreshes(emulator)).toHaveLength(2);
  });
});

describe("an application at fault", () => {
  it.each([
    ["switched off", () => emulator.updateApplication(emulator.application.client_id, { is_active: false })],
    [
      "a 422",
      () =>
        emulator.addFault({
          path: "/api/oauth/token",
          times: 1,
          status: 422,
          body: { detail: [{ input: "agpt_secret_x" }] },
        }),
    ],
  ])("drops no grant: %s", async (_, breakIt) => {
    const one = newProcess();
    expireAccessToken();
    breakIt();
    const failed = await one.call().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ApplicationError);
    expect(failed).toMatchObject({ status: 500, code: "application_refused" });
    expect(one.events).toMatchObject([{ name: "fault", event: { code: "application_refused", userId } }]);
    expect(JSON.stringify(one.events)).not.toContain("agpt_secret");
    emulator.updateApplication(emulator.application.client_id, { is_active: true });
    expect(await newProcess().call()).toBe(200);
  });
});

describe("a store that fails", () => {
  it("is 503 before anything was asked of the platform", async () => {
    const one = newProcess();
    expireAccessToken();
    const { api } = await one.grant();
    for (const method of ["acquireLease", "read", "swap"] as const) {
      store.fail(method, "before", 1);
      const failed = await api.GET("/v1/blocks").catch((error: unknown) => error);
      expect(failed, method).toBeInstanceOf(StoreError);
      expect(failed).toMatchObject({ status: 503, headers: { "Retry-After": "5" } });
    }
    expect(refreshes(emulator)).toHaveLength(0);
    expect((await api.GET("/v1/blocks")).response.status).toBe(200);
  });

  it.each(["before", "after"] as const)("loses no pair: the swap fails %s it was done", async (when) => {
    const one = newProcess();
    const { api } = await one.grant();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 200 });
    const call = api.GET("/v1/blocks");
    await expect.poll(() => store.calls.filter((name) => name === "swap").length).toBe(1); // the intent
    store.fail("swap", when, 2);
    expect((await call).response.status).toBe(200);
    expect(await newProcess().call()).toBe(200);
    expect(refreshes(emulator)).toHaveLength(1);
    expect(emulator.requests().filter(({ path }) => path.endsWith("/revoke"))).toEqual([]);
  });

  it("gives a late pair the last word over a dead mark", async () => {
    const [one, two] = [newProcess(), newProcess()];
    const { api } = await one.grant();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 100 });
    const call = api.GET("/v1/blocks");
    await expect.poll(() => store.calls.filter((name) => name === "swap").length).toBe(1); // the intent
    const release = store.hold("swap");
    await expect.poll(() => store.calls.filter((name) => name === "swap").length).toBe(2); // the pair
    store.acquireLease = async () => true; // the lease of the one that hangs has ended
    await expect(two.call()).rejects.toBeInstanceOf(GrantLostError);
    expect(two.events).toMatchObject([{ name: "grantLost", event: { reason: "interrupted" } }]);
    release();
    expect((await call).response.status).toBe(200);
    expect(await newProcess().call()).toBe(200);
  });
});

describe("signing out during a refresh", () => {
  it("wins: nothing is stored, and the new tokens are given back", async () => {
    const one = newProcess();
    const { api } = await one.grant();
    expireAccessToken();
    emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 100 });
    const call = api.GET("/v1/blocks").catch((error: unknown) => error);
    await expect.poll(() => store.calls.filter((name) => name === "swap").length).toBe(1); // the intent
    const release = store.hold("swap");
    await expect.poll(() => store.calls.filter((name) => name === "swap").length).toBe(2); // the pair
    expect(await newProcess().autogpt.signOutEverywhere(userId)).toBe(1);
    release();
    expect(await call).toBeInstanceOf(GrantLostError);
    await expect(one.grant()).rejects.toBeInstanceOf(GrantLostError);
    expect(await one.autogpt.close()).toBe(true);
    // Two tokens of the old pair and two of the new one.
    const revoked = emulator.requests().filter(({ path }) => path.endsWith("/revoke"));
    expect(revoked.filter(({ outcome }) => outcome === "revoked")).toHaveLength(3);
    expect(revoked).toHaveLength(4);
  });
});

describe("the older server, where all concurrent refreshes win", () => {
  it("leaves one pair in the store and gives the other back", async () => {
    const older = await startEmulator({ refreshWinners: "all" });
    const shared = new FaultyStore();
    const { userId: id } = await signInUser(older, shared);
    // A store that lends to everybody, as after a lease that ended while its owner was asleep.
    shared.acquireLease = async () => true;
    older.advanceClock(3601);
    const processes = [anotherProcess(older, shared), anotherProcess(older, shared)];
    const grants = await Promise.all(processes.map((one) => one.grantFor(id, "READ_BLOCK")));
    const answers = await Promise.all(grants.map(({ api }) => api.GET("/v1/blocks")));
    expect(answers.map(({ response }) => response.status)).toEqual([200, 200]);
    await Promise.all(processes.map((one) => one.close()));
    expect(await processes[0]?.signInsOf(id)).toHaveLength(1);
    await older.stop();
  });
});
