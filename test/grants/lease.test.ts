import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { GrantKey } from "express-autogpt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { takeLease } from "../../src/grants/lease.js";
import { needs } from "../harness/needs.js";
import { newTable, type OpenStore, openStore, STORE_KINDS } from "../harness/shared-store.js";
import { rowsOf, type StoreRows } from "../harness/store-rows.js";

const describeWithRedis = await needs("Redis", "leases in Redis");
const describeWithPostgres = await needs("PostgreSQL", "leases in PostgreSQL");

/** Much less than the 10 seconds of the package, and enough for three renewals on a busy machine. */
const LASTS = 900;

for (const kind of STORE_KINDS) {
  const describeWithStore = kind === "postgres" ? describeWithPostgres : describeWithRedis;

  describeWithStore(`a lease, ${kind}`, () => {
    const application = randomBytes(4).toString("hex");
    const table = newTable();
    const newName = () => randomBytes(16).toString("base64url");
    let one: OpenStore;
    let two: OpenStore;
    let rows: StoreRows;

    beforeAll(async () => {
      rows = await rowsOf({ kind, table }, application);
      [one, two] = [await openStore({ kind, table }), await openStore({ kind, table })];
    });
    afterAll(async () => {
      await rows.drop();
      await Promise.all([one.close(), two.close()]);
    });

    async function newGrant(): Promise<GrantKey> {
      const key = { application, user: newName(), id: newName() };
      await one.store.create({ key, sealed: "s", writeId: newName(), expiresAt: Date.now() + 600_000 });
      return key;
    }

    it("is kept for three times its length while the work goes on, and free when it is done", async () => {
      const key = await newGrant();
      const lease = await takeLease(one.store, key, LASTS);
      const until = Date.now() + 3 * LASTS;
      while (Date.now() < until) {
        expect(await takeLease(two.store, key, LASTS)).toBe(undefined);
        await wait(LASTS / 9);
      }
      await lease?.release();
      const next = await takeLease(two.store, key, LASTS);
      expect(next?.owner).toMatch(/^[\w-]{16}$/);
      await next?.release();
    });

    it("of a process that died ends by itself", async () => {
      const key = await newGrant();
      expect(await one.store.acquireLease(key, "a process that died", LASTS)).toBe(true);
      expect(await takeLease(two.store, key, LASTS)).toBe(undefined);
      await expect
        .poll(async () => (await takeLease(two.store, key, LASTS))?.release().then(() => true), {
          timeout: 5 * LASTS,
        })
        .toBe(true);
    });
  });
}
