import type { GrantStore } from "express-autogpt";
import { PlatformError, StoreError } from "express-autogpt";
import { type Emulator, exampleApplication, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Cut, type CutProxy, startCutProxy } from "../harness/cut-proxy.js";
import { instanceOf } from "../harness/fleet.js";
import { anotherProcess, refreshes, signInUser } from "../harness/grants.js";
import { needs } from "../harness/needs.js";
import { newTable, type OpenStore, openStore, portOf, type StoreKind } from "../harness/shared-store.js";
import { rowsOf, type StoreRows } from "../harness/store-rows.js";

const describeWithRedis = await needs("Redis", "lost connections to Redis");
const describeWithPostgres = await needs("PostgreSQL", "lost connections to PostgreSQL");

/** What a swap looks like on the wire: a part of the script, and of the statement. */
const SWAP = { redis: "string.sub(row, 1, #ARGV[4])", postgres: "set sealed = $4" };

/** The swaps of a refresh: it says that it begins, and it brings the pair. */
const [INTENT, PAIR] = [1, 2];

const drivers: readonly [string, StoreKind, boolean][] = [
  ["node-redis", "node-redis", true],
  ["ioredis, which sends again what was under way", "ioredis", true],
  // Then what was under way is never answered, neither so nor so.
  ["ioredis with autoResendUnfulfilledCommands: false", "ioredis", false],
  ["pg", "postgres", true],
];

const cuts: readonly [string, Cut[]][] = [
  ["before the pair is written", ["before"]],
  ["when the pair is written, so that the answer is lost", ["after"]],
  ["before, and then after", ["before", "after"]],
  ["after, and the look whether it was written", ["after", "before"]],
];

for (const [name, kind, resend] of drivers) {
  const describeWithStore = kind === "postgres" ? describeWithPostgres : describeWithRedis;

  describeWithStore(`a connection that is cut in a refresh, ${name}`, () => {
    const table = newTable();
    const clientId = `agpt_client_${table}`;
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => void unhandled.push(reason);
    const open: OpenStore[] = [];
    let emulator: Emulator;
    let rows: StoreRows;
    let direct: GrantStore;
    let proxy: CutProxy;
    let userId: string;
    let one: ReturnType<typeof anotherProcess>;

    async function connect(port?: number): Promise<GrantStore> {
      const opened = await openStore({ kind, table, resend, ...(port !== undefined && { port }) });
      open.push(opened);
      return opened.store;
    }

    beforeAll(async () => {
      emulator = await startEmulator({ applications: [{ ...exampleApplication, client_id: clientId }] });
      rows = await rowsOf({ kind, table }, instanceOf(clientId, emulator));
      direct = await connect();
      for (const event of ["unhandledRejection", "uncaughtException"] as const)
        process.on(event, onUnhandled);
    });
    afterAll(async () => {
      for (const event of ["unhandledRejection", "uncaughtException"] as const)
        process.off(event, onUnhandled);
      await emulator.stop();
      await rows.drop();
      for (const { close } of open) void close().catch(() => {}); // what was forgotten keeps ioredis from ending
    });
    beforeEach(async () => {
      emulator.reset();
      proxy = await startCutProxy(portOf(kind));
      ({ userId } = await signInUser(emulator, direct));
      emulator.clearRequests();
      one = anotherProcess(emulator, await connect(proxy.port));
    });
    afterEach(async () => {
      await anotherProcess(emulator, direct).signOutEverywhere(userId);
      await proxy.stop();
      expect(unhandled.splice(0)).toEqual([]);
    });

    const call = async (autogpt = one) =>
      (await (await autogpt.grantFor(userId, "READ_BLOCK")).api.GET("/v1/blocks")).response.status;

    async function expectAllIsWell() {
      expect(await call(anotherProcess(emulator, direct))).toBe(200);
      expect(await one.close({ timeoutMs: 15_000 })).toBe(true);
      expect(refreshes(emulator).map(({ outcome }) => outcome)).toEqual(["issued"]);
      expect(emulator.requests().filter(({ path }) => path.endsWith("/revoke"))).toEqual([]);
    }

    // Each cut costs the one that forgets five seconds.
    it.each(cuts.filter(([, hows]) => resend || hows.length === 1))(
      "%s: the pair is stored, and the user stays signed in",
      async (_, hows) => {
        const { api } = await one.grantFor(userId, "READ_BLOCK");
        emulator.advanceClock(3601);
        const plans = hows.map((how, at) => ({ at: PAIR + at, how }));
        proxy.cutRequests(SWAP[kind === "postgres" ? "postgres" : "redis"], plans);
        const { response } = await api.GET("/v1/blocks");
        expect(response.status).toBe(200);
        expect(proxy.cuts).toBeGreaterThan(0);
        await expectAllIsWell();
      },
    );

    it.each<Cut>(["before", "after"])(
      "%s the refresh is announced: nothing was asked yet, and trying again works",
      async (how) => {
        const { api } = await one.grantFor(userId, "READ_BLOCK");
        emulator.advanceClock(3601);
        proxy.cutRequests(SWAP[kind === "postgres" ? "postgres" : "redis"], [{ at: INTENT, how }]);
        const first = await api.GET("/v1/blocks").catch((error: unknown) => error);
        // ioredis sends it again by itself, and nobody notices.
        if (first instanceof Error) expect(first).toBeInstanceOf(StoreError);
        expect(await call()).toBe(200);
        expect(proxy.cuts).toBe(1);
        await expectAllIsWell();
      },
    );

    it("and stays so: 503 that says when to come back, and nobody waits for ever", async () => {
      const { api } = await one.grantFor(userId, "READ_BLOCK");
      emulator.advanceClock(3601);
      proxy.cutAll(60_000);
      const failed = await api.GET("/v1/blocks").catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(StoreError);
      expect(failed).toMatchObject({ status: 503, headers: { "Retry-After": "5" } });
      expect(refreshes(emulator)).toEqual([]);
      proxy.cutAll();
      await expect.poll(() => call().catch(() => 503), { timeout: 10_000 }).toBe(200);
      await expectAllIsWell();
    });

    it("for as long as the pair is on its way: it is kept until the store is back", async () => {
      const { api } = await one.grantFor(userId, "READ_BLOCK");
      emulator.advanceClock(3601);
      emulator.addFault({ path: "/api/oauth/token", delay_ms: 300 });
      const calling = api.GET("/v1/blocks").catch((error: unknown) => error);
      await expect.poll(() => refreshes(emulator).length).toBe(1);
      proxy.cutAll(1500);
      const answer = await calling;
      if (answer instanceof Error) expect(answer).toBeInstanceOf(PlatformError);
      await expectAllIsWell();
    });
  });
}
