import { memoryGrants, type SignInWithAutoGPT } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anotherProcess, FaultyStore, refreshes, signInUser } from "../harness/grants.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

let emulator: Emulator;
let store: FaultyStore;
let userId: string;
let one: SignInWithAutoGPT;

expectNothingUnhandled();
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(async () => {
  emulator.reset();
  store = new FaultyStore(memoryGrants());
  ({ userId } = await signInUser(emulator, store));
  emulator.clearRequests();
  one = anotherProcess(emulator, store);
});

/** A call that has made the process ask the token endpoint, which takes its time. */
async function startRefresh(delay_ms: number): Promise<void> {
  const { api } = await one.grantFor(userId, "READ_BLOCK");
  emulator.advanceClock(3601);
  emulator.addFault({ path: "/api/oauth/token", delay_ms });
  void api.GET("/v1/blocks").catch(() => {});
  await expect.poll(() => refreshes(emulator).length).toBe(1);
}

async function timed(work: () => Promise<boolean>): Promise<{ done: boolean; ms: number }> {
  const begun = performance.now();
  return { done: await work(), ms: performance.now() - begun };
}

async function expectStored(): Promise<void> {
  const { api } = await anotherProcess(emulator, store).grantFor(userId, "READ_BLOCK");
  expect((await api.GET("/v1/blocks")).response.status).toBe(200);
  expect(refreshes(emulator)).toHaveLength(1);
}

describe("close", () => {
  it("is at once where nothing is under way, and may be asked again", async () => {
    expect((await timed(() => one.close())).ms).toBeLessThan(200);
    expect(await one.close()).toBe(true);
  });

  it("waits for a refresh whose answer is on its way", async () => {
    await startRefresh(500);
    expect(await one.close()).toBe(true);
    await expectStored();
  });

  it("waits for a pair that the store does not take yet", async () => {
    await startRefresh(300);
    store.fail("swap", "before", 3);
    expect(await one.close()).toBe(true);
    await expectStored();
  });

  it("gives up after timeoutMs, says so, and tries no more", async () => {
    await startRefresh(100);
    store.fail("swap", "before", 1_000_000);
    const { done, ms } = await timed(() => one.close({ timeoutMs: 600 }));
    expect(done).toBe(false);
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(3000);
    await expect.poll(async () => one.close({ timeoutMs: 100 })).toBe(true);
    const tries = store.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(store.calls.length).toBe(tries);
  });

  it("waits for a revocation, and gives each that waits one last try", async () => {
    emulator.addFault({ path: "/api/oauth/revoke", status: 500, body: "down", times: 2 });
    await one.signOutEverywhere(userId);
    const revoked = () => emulator.requests().filter(({ outcome }) => outcome === "revoked");
    await expect.poll(() => emulator.requests().filter(({ fault }) => fault).length).toBe(2);
    expect(revoked()).toEqual([]);
    const { done, ms } = await timed(() => one.close());
    expect(done).toBe(true);
    expect(ms).toBeLessThan(900); // not the second that it would have waited
    expect(revoked()).toHaveLength(2);
  });

  it("reports a revocation that was given up", async () => {
    const faults: object[] = [];
    one.events.on("fault", (fault) => faults.push(fault));
    emulator.addFault({ path: "/api/oauth/revoke", status: 500, body: "down", times: 9 });
    await one.signOutEverywhere(userId);
    expect(await one.close()).toBe(true);
    expect(faults).toMatchObject([{ code: "platform_unavailable", userId, grantId: expect.any(String) }]);
  });
});
