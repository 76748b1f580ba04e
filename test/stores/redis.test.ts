import { randomBytes } from "node:crypto";
import { redisGrants } from "express-autogpt/redis";
import { grantStoreTests } from "express-autogpt/store-tests";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, describe, expect, it } from "vitest";
import { needs } from "../harness/needs.js";

const describeWithRedis = await needs("Redis", "grants in Redis");
const ends: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

/** One connection of each library. */
async function nodeRedis(RESP: 2 | 3) {
  const client = createClient({ url: "redis://127.0.0.1:6379", RESP });
  await client.connect();
  ends.push(() => client.close());
  return redisGrants(client);
}
function ioRedis() {
  const client = new Redis({ host: "127.0.0.1", port: 6379 });
  ends.push(() => client.quit());
  return redisGrants(client);
}

describeWithRedis("redisGrants", () => {
  describe("with node-redis", async () => {
    for (const { name, run } of grantStoreTests(await nodeRedis(2), await nodeRedis(3)))
      it.concurrent(name, run);
  });
  describe("with ioredis", () => {
    for (const { name, run } of grantStoreTests(ioRedis(), ioRedis())) it.concurrent(name, run);
  });
  describe("with one process on each", async () => {
    for (const { name, run } of grantStoreTests(await nodeRedis(3), ioRedis())) it.concurrent(name, run);
  });

  it("takes rows that are long gone out of its index with each new grant", async () => {
    const client = new Redis({ host: "127.0.0.1", port: 6379 });
    ends.push(() => client.quit());
    const store = redisGrants(client);
    const application = randomBytes(8).toString("hex");
    const grant = { sealed: "s", writeId: "w", expiresAt: Date.now() - 2 * 24 * 3600 * 1000 };
    for (let n = 0; n < 20; n += 1)
      await store.create({ ...grant, key: { application, user: "u", id: `${n}` } });
    const later = { ...grant, expiresAt: Date.now() + 60_000 };
    await store.create({ ...later, key: { application, user: "u", id: "last" } });
    expect(await client.zcard(`autogpt:${application}:expiring`)).toBe(1);
    await client.del(`autogpt:${application}:expiring`);
  });

  it("takes no options", () => {
    const client = { call: () => Promise.reject(new Error("not sent")) };
    // @ts-expect-error: what JavaScript may pass
    expect(() => redisGrants(client, { prefix: "x" })).toThrow(/takes the client and no options/);
  });

  it.each([[undefined], [{}], ["redis://localhost"], [{ get() {} }]])("refuses %j as client", (client) => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => redisGrants(client)).toThrow(/needs a client of node-redis/);
  });
});
