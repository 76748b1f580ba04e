import { GrantLostError, memoryGrants } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { anotherProcess, FaultyStore, refreshes, signInUser } from "../harness/grants.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

const DAY = 24 * 3600 * 1000;
const USERS = Array.from({ length: 12 }, (_, at) => ({
  id: `0b000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
  email: `user-${at}@example.com`,
  name: `User ${at}`,
  timezone: "not-set",
}));

let emulator: Emulator;
let store: FaultyStore;

expectNothingUnhandled();
beforeAll(async () => {
  emulator = await startEmulator({ users: USERS });
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.reset();
  store = new FaultyStore(memoryGrants());
});
afterEach(() => void vi.useRealTimers());

const job = () => anotherProcess(emulator, store);
const userId = USERS[0]?.id ?? "";
const isAlive = async () => {
  const { api } = await job().grantFor(userId, "READ_BLOCK");
  return (await api.GET("/v1/blocks")).response.status === 200;
};

/** Days go by for the platform, the store and the processes alike. */
function passDays(days: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * DAY });
}

/** As cron does it. */
const renewDaily = () => job().renewExpiring({ within: 2 * DAY });

async function signInAll(): Promise<void> {
  const app: TestApp = await startApp(emulator, { options: { grants: store } });
  for (const { id } of USERS) await new Browser().signIn(emulator, app.url, { userId: id });
  await app.stop();
  emulator.clearRequests();
}

describe("a quiet user", () => {
  it("is there after 40 and after 70 days, and costs one refresh in four weeks", async () => {
    await signInUser(emulator, store);
    emulator.clearRequests();
    const renewed: number[] = [];
    for (let day = 1; day <= 70; day += 1) {
      passDays(1);
      const counts = await renewDaily();
      expect(counts).toEqual({ renewed: counts.renewed, superseded: 0, lost: 0, failed: 0 });
      if (counts.renewed > 0) renewed.push(day);
      if (day === 40) expect((await job().signInsOf(userId)).length).toBe(1);
    }
    expect(renewed).toHaveLength(2);
    expect(renewed[0]).toBeGreaterThanOrEqual(28);
    expect(renewed[0]).toBeLessThanOrEqual(29);
    expect(refreshes(emulator)).toHaveLength(2);
    expect(await isAlive()).toBe(true);
  });

  it("is gone after 31 days where nobody renews", async () => {
    await signInUser(emulator, store);
    passDays(31);
    expect(await renewDaily()).toEqual({ renewed: 0, superseded: 0, lost: 0, failed: 0 });
    await expect(job().grantFor(userId)).rejects.toBeInstanceOf(GrantLostError);
  });
});

describe("of one user's sign-ins", () => {
  it("only the newest that covers each scope set goes on, so that forgotten ones die", async () => {
    await signInUser(emulator, store, ["READ_BLOCK"]); // covered by the third
    passDays(1 / 24);
    await signInUser(emulator, store, ["IDENTITY", "READ_BLOCK"]); // covered by the third
    passDays(1 / 24);
    await signInUser(emulator, store, ["READ_BLOCK", "IDENTITY"]);
    passDays(1 / 24);
    await signInUser(emulator, store, ["READ_LIBRARY"]); // covers no other and is covered by none
    passDays(29);
    expect(await renewDaily()).toEqual({ renewed: 2, superseded: 2, lost: 0, failed: 0 });
    passDays(11);
    const list = await job().signInsOf(userId);
    expect(list.map(({ scopes }) => scopes.join(" ")).sort()).toEqual([
      "READ_BLOCK IDENTITY",
      "READ_LIBRARY",
    ]);
    passDays(18);
    expect(await renewDaily()).toEqual({ renewed: 2, superseded: 0, lost: 0, failed: 0 });
  });

  it("those kept for background work go on too, though no session has them", async () => {
    const app = await startApp(emulator, { options: { grants: store, signOut: { revoke: false } } });
    const browser = new Browser();
    await browser.signIn(emulator, app.url);
    await browser.post(`${app.url}/auth/logout`);
    await app.stop();
    passDays(29);
    expect(await renewDaily()).toMatchObject({ renewed: 1 });
    passDays(20);
    expect(await isAlive()).toBe(true);
  });
});

describe("renewing", () => {
  it("is done by one of two processes that begin at once: each grant is refreshed once", async () => {
    await signInAll();
    passDays(29);
    const counts = await Promise.all([renewDaily(), renewDaily()]);
    expect(refreshes(emulator).map(({ outcome }) => outcome)).toEqual(Array(USERS.length).fill("issued"));
    for (const { lost, failed, superseded } of counts) expect([lost, failed, superseded]).toEqual([0, 0, 0]);
    expect(Math.max(...counts.map(({ renewed }) => renewed))).toBeLessThanOrEqual(USERS.length);
    expect(counts.reduce((sum, { renewed }) => sum + renewed, 0)).toBeGreaterThanOrEqual(USERS.length);
  });

  it("counts passing faults, tells them, and the next run makes good for them", async () => {
    await signInAll();
    passDays(29);
    emulator.addFault({ path: "/api/oauth/token", status: 502, body: "<html>bad gateway</html>", times: 3 });
    const one = job();
    const faults: object[] = [];
    one.events.on("fault", (fault) => faults.push(fault));
    expect(await one.renewExpiring({ within: 2 * DAY })).toEqual({
      ...{ renewed: USERS.length - 3, superseded: 0, lost: 0, failed: 3 },
    });
    expect(new Set(faults.map((fault) => Reflect.get(fault, "userId"))).size).toBe(3);
    expect(faults).toHaveLength(3);
    expect(await renewDaily()).toEqual({ renewed: 3, superseded: 0, lost: 0, failed: 0 });
    expect(await renewDaily()).toEqual({ renewed: 0, superseded: 0, lost: 0, failed: 0 });
  });

  it("counts a grant whose refresh token the platform refuses as lost, and goes on with the others", async () => {
    await signInAll();
    passDays(29);
    emulator.addFault({ path: "/api/oauth/token", drop: "after" });
    expect(await renewDaily()).toMatchObject({ renewed: USERS.length - 1, failed: 1 });
    expect(await renewDaily()).toEqual({ renewed: 0, superseded: 0, lost: 1, failed: 0 });
    expect(await renewDaily()).toEqual({ renewed: 0, superseded: 0, lost: 0, failed: 0 });
  });

  it("refuses what is no time", async () => {
    for (const within of [Number.NaN, -1, "7d" as unknown as number]) {
      await expect(job().renewExpiring({ within })).rejects.toThrow(/within: milliseconds/);
    }
  });

  it("touches no grant that has time", async () => {
    await signInAll();
    passDays(27);
    expect(await renewDaily()).toEqual({ renewed: 0, superseded: 0, lost: 0, failed: 0 });
    expect(refreshes(emulator)).toEqual([]);
  });
});
