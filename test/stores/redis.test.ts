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

  it.each([[undefined], [{}], ["redis://localhost"], [{ get() {} }]])("refuses %j as client", (client) => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => redisGrants(client)).toThrow(/needs a client of node-redis/);
  });
});
