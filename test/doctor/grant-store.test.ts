import { randomBytes } from "node:crypto";
import { postgresGrants } from "express-autogpt/postgres";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.js";
import { needs } from "../harness/needs.js";
import { newTable, postgresPool } from "../harness/shared-store.js";
import { rowsOf } from "../harness/store-rows.js";
import { freeAddress, useDoctor } from "./doctor.js";

const suite = useDoctor();
const describeWithRedis = await needs("Redis", "the doctor on Redis");
const describeWithPostgres = await needs("PostgreSQL", "the doctor on PostgreSQL");

const KEEPS = { status: "ok", message: "The store writes, reads, leases and forgets." };
const optionsWith = (lines: string, grants: string) =>
  `${lines}\nexport default { scopes: ["IDENTITY"], grants: ${grants} };`;
const portOf = (url: string) => new URL(url).port;

/** An application of its own, whose rows are nobody else's. */
function newApplication() {
  const env = { ...suite.env, AUTOGPT_CLIENT_ID: `agpt_client_${randomBytes(16).toString("base64url")}` };
  return { env, instance: readConfig({ scopes: ["IDENTITY"] }, env).instance };
}

describeWithRedis("grants in Redis", () => {
  const redis = {
    "node-redis": optionsWith(
      `import { createClient } from "redis"; import { redisGrants } from "express-autogpt/redis";
       const redis = createClient({ url: "redis://127.0.0.1:6379" }); redis.on("error", console.error); await redis.connect();`,
      "redisGrants(redis)",
    ),
    ioredis: optionsWith(
      `import { Redis } from "ioredis"; import { redisGrants } from "express-autogpt/redis";`,
      `redisGrants(new Redis("redis://127.0.0.1:6379"))`,
    ),
  };

  it.each(["node-redis", "ioredis"] as const)(
    "%s: works, leaves nothing, and the command ends",
    async (driver) => {
      const { env, instance } = newApplication();
      const { find } = await suite.run({ env, options: redis[driver] });
      expect(find("grant-store")).toMatchObject(KEEPS);
      const rows = await rowsOf({ kind: driver, table: "" }, instance);
      const left = await rows.dump();
      await rows.drop();
      expect(left).toBe("");
    },
  );

  it("is away, with and without a listener for its errors", async () => {
    const port = portOf(await freeAddress());
    const open = `import { createClient } from "redis"; import { redisGrants } from "express-autogpt/redis";
      const redis = createClient({ url: "redis://127.0.0.1:${port}", disableOfflineQueue: true });`;
    const heard = await suite.run({
      options: optionsWith(
        `${open} redis.on("error", () => {}); void redis.connect();`,
        "redisGrants(redis)",
      ),
    });
    expect(heard.find("grant-store")).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/^The grant store could not write a row: .*offline/),
      fix: expect.stringContaining("Look whether it runs"),
    });
    const unheard = await suite.run({
      options: optionsWith(`${open} redis.connect();`, "redisGrants(redis)"),
    });
    const errors = unheard.findings.filter(({ name, status }) => name === "options" && status === "failed");
    expect(errors[0]).toMatchObject({
      message: `The options file let an error pass: connect ECONNREFUSED 127.0.0.1:${port}.`,
      fix: expect.stringContaining('client.on("error"'),
    });
    expect([heard.code, unheard.code]).toEqual([1, 1]);
  });
});

describeWithPostgres("grants in PostgreSQL", () => {
  const postgres = (pool: object, table: string) =>
    optionsWith(
      `import pg from "pg"; import { postgresGrants } from "express-autogpt/postgres";
       const pool = new pg.Pool(${JSON.stringify(pool)}); pool.on("error", console.error);`,
      `postgresGrants(pool, { table: "${table}" })`,
    );
  const here = { host: "127.0.0.1", port: 5432, user: "postgres", database: "test" };

  it("works; its row has expired, and the next grant removes it", async () => {
    const { env, instance } = newApplication();
    const table = newTable();
    const { find } = await suite.run({ env, options: postgres(here, table) });
    const pool = await postgresPool();
    try {
      expect(find("grant-store")).toMatchObject(KEEPS);
      const rows = async () =>
        (await pool.query(`select id, expires_at > now() as lives from ${table}`)).rows;
      expect(await rows()).toEqual([{ id: expect.any(String), lives: false }]);
      const key = { application: instance, user: "u".repeat(22), id: "i".repeat(22) };
      const grant = { key, sealed: "sealed", writeId: "one", expiresAt: Date.now() + 60_000 };
      await postgresGrants(pool, { table }).create(grant);
      expect(await rows()).toEqual([{ id: key.id, lives: true }]);
    } finally {
      await pool.query(`drop table if exists ${table}`);
      await pool.end();
    }
  });

  it.each([
    ["is away", async () => ({ ...here, port: Number(portOf(await freeAddress())) }), "ECONNREFUSED"],
    [
      "does not know the database",
      async () => ({ ...here, database: "nowhere" }),
      'database "nowhere" does not exist',
    ],
  ])("%s", async (_what, pool, problem) => {
    const { code, find } = await suite.run({ options: postgres(await pool(), newTable()) });
    expect(find("grant-store")).toMatchObject({
      status: "failed",
      message: expect.stringContaining(problem),
    });
    expect(code).toBe(1);
  });
});

describe("memoryGrants()", () => {
  it.each([
    ["", "undefined", "ok", undefined],
    [`import { memoryGrants } from "express-autogpt";`, "memoryGrants()", "ok", undefined],
    ["", "undefined", "warning", "production"],
    [`import { memoryGrants } from "express-autogpt";`, "memoryGrants()", "warning", "production"],
  ])("%s %s: %s with NODE_ENV=%s", async (lines, grants, status, NODE_ENV) => {
    const { find } = await suite.run({ options: optionsWith(lines, grants), env: { NODE_ENV } });
    expect(find("grant-store")).toMatchObject({ status, message: expect.stringContaining("memoryGrants()") });
  });
});

describe("a store of one's own", () => {
  const own = (change: string) =>
    optionsWith(
      `import { memoryGrants } from "express-autogpt"; const store = memoryGrants();`,
      `{ ...store, ${change} }`,
    );

  it("keeps the promises", async () => {
    expect((await suite.run({ options: own("") })).find("grant-store")).toMatchObject(KEEPS);
  });

  it.each([
    ["create: async () => { throw new Error('disk full') }", "could not write a row: disk full."],
    // What Node gives when all addresses of a host refuse: an error without a message.
    [
      "create: async () => { throw Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) }",
      "could not write a row: ECONNREFUSED.",
    ],
    ["create: async () => {}", "does not give back what was written to it."],
    [
      "read: async (key) => ({ ...(await store.read(key)), sealed: 'other' })",
      "does not give back what was written",
    ],
    ["acquireLease: async () => false", "could not lease a row: a free lease was refused."],
    ["swap: async () => false", "could not change a row: it was refused."],
    ["swap: async () => true", "does not forget what has expired."],
  ])("breaks one: %s", async (change, message) => {
    const { code, find } = await suite.run({ options: own(change) });
    expect(find("grant-store")).toMatchObject({
      status: "failed",
      message: expect.stringContaining(message),
    });
    expect(code).toBe(1);
  });
});
