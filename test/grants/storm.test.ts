import { afterAll, beforeAll, expect, it } from "vitest";
import { callWorker, Fleet } from "../harness/fleet.js";
import { needs } from "../harness/needs.js";
import type { StoreKind } from "../harness/shared-store.js";

const describeWithRedis = await needs("Redis", "a storm of processes on Redis");
const describeWithPostgres = await needs("PostgreSQL", "a storm of processes on PostgreSQL");

/** Which driver each process has. */
const fleets: readonly [typeof describeWithRedis, string, readonly StoreKind[]][] = [
  [describeWithRedis, "Redis", ["node-redis", "ioredis", "node-redis", "ioredis"]],
  [describeWithPostgres, "PostgreSQL", ["postgres", "postgres", "postgres", "postgres"]],
];

for (const [describeWithStore, database, kinds] of fleets) {
  describeWithStore(`4 processes with 25 parallel calls each on one expired grant, on ${database}`, () => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await Fleet.start({ kind: kinds[0] ?? "postgres", users: 2 });
      await Promise.all(kinds.map((kind) => fleet.startWorker({ kind })));
    });
    afterAll(() => fleet.stop());

    it("ask the token endpoint once, and every call succeeds", async () => {
      const { emulator, front, workers, users } = fleet;
      const [one, two] = users;
      if (!one || !two) throw new Error("the fleet has two users");
      emulator.advanceClock(3601);
      // Whoever runs for an hour knows the time; these learn it from an answer to another user's call.
      await fleet.signIn(two.id);
      await Promise.all(workers.map((worker) => callWorker(worker, `/background/${two.id}`)));
      expect(fleet.refreshes).toEqual([]);
      front.apiCalls.length = 0;

      emulator.addFault({ path: "/api/oauth/token", delay_ms: 300 });
      const answers = await Promise.all(
        // Half of them on behalf of the browser, half in the background.
        workers.flatMap((worker) =>
          Array.from({ length: 25 }, (_, at) =>
            at % 2 ? callWorker(worker, "/me", one.cookie) : callWorker(worker, `/background/${one.id}`),
          ),
        ),
      );
      expect(answers).toEqual(Array(100).fill({ status: 200, body: { user: one.id, me: one.id } }));
      expect(fleet.refreshes).toMatchObject([{ status: 200 }]);
      expect(emulator.requests().filter(({ grant_type }) => grant_type === "refresh_token")).toHaveLength(1);

      // Not one call was sent with the old access token.
      expect(front.apiCalls.map(({ status }) => status)).toEqual(Array(100).fill(200));
      const used = new Set(front.apiCalls.map(({ accessToken }) => accessToken));
      expect([...used]).toEqual([front.accessTokens.at(-1)]);

      const events = workers.flatMap((worker) => worker.events);
      expect(events.map(({ name, userId }) => [name, userId])).toEqual([["refresh", one.id]]);
      expect(workers.flatMap(({ crashes }) => crashes)).toEqual([]);
    });

    it("and when none of them knew that it had expired: a refused call is repeated, not refreshed again", async () => {
      const { emulator, workers, users } = fleet;
      const [one] = users;
      if (!one) throw new Error("the fleet has two users");
      const before = fleet.refreshes.length;
      emulator.advanceClock(3601);
      const answers = await Promise.all(
        workers.flatMap((worker) => Array.from({ length: 25 }, () => callWorker(worker, "/me", one.cookie))),
      );
      expect(answers).toEqual(Array(100).fill({ status: 200, body: { user: one.id, me: one.id } }));
      expect(fleet.refreshes).toHaveLength(before + 1);
      expect(workers.flatMap(({ crashes }) => crashes)).toEqual([]);
    });
  });
}
