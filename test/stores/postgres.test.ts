import { randomBytes } from "node:crypto";
import { postgresGrants, postgresGrantsSql } from "express-autogpt/postgres";
import { grantStoreTests } from "express-autogpt/store-tests";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../harness/needs.js";

const describeWithPostgres = await needs("PostgreSQL", "grants in PostgreSQL");
const schema = `test_${randomBytes(6).toString("hex")}`;
const pools: pg.Pool[] = [];

function pool(): pg.Pool {
  const made = new pg.Pool({ host: "127.0.0.1", user: "postgres", database: "test", max: 10 });
  pools.push(made);
  return made;
}

describeWithPostgres("postgresGrants", () => {
  beforeAll(() => pool().query(`create schema ${schema}`));
  afterAll(async () => {
    await pool().query(`drop schema ${schema} cascade`);
    await Promise.all(pools.map((made) => made.end()));
  });

  describe("keeps the promises of a store", () => {
    const table = `${schema}.battery`;
    for (const { name, run } of grantStoreTests(
      postgresGrants(pool(), { table }),
      postgresGrants(pool(), { table }),
    )) {
      it.concurrent(name, run);
    }
  });

  it("makes its table when many processes begin at once", async () => {
    const table = `${schema}.at_once`;
    const key = { application: "a", user: "u", id: "i" };
    const stores = Array.from({ length: 8 }, () => postgresGrants(pool(), { table }));
    const reads = await Promise.all(stores.map((store) => store.read(key)));
    expect(reads).toEqual(Array(8).fill(undefined));
  });

  it("makes nothing with createTable: false, and works on what postgresGrantsSql() made", async () => {
    const table = `${schema}.by_hand`;
    const store = postgresGrants(pool(), { table, createTable: false });
    const key = { application: "a", user: "u", id: "i" };
    await expect(store.read(key)).rejects.toThrow(/does not exist/);
    await pool().query(postgresGrantsSql({ table }));
    await pool().query(postgresGrantsSql({ table }));
    expect(await store.read(key)).toBe(undefined);
  });

  it("removes what has expired, a few rows with each new grant", async () => {
    const table = `${schema}.swept`;
    const store = postgresGrants(pool(), { table });
    const grant = { sealed: "s", writeId: "w", expiresAt: Date.now() - 1000 };
    for (let n = 0; n < 12; n += 1)
      await store.create({ ...grant, key: { application: "a", user: "u", id: `${n}` } });
    const { rows } = await pool().query(`select count(*)::int as count from ${table}`);
    expect(rows[0]?.count).toBeLessThanOrEqual(2);
  });

  it("refuses what is no pool and no table name", () => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => postgresGrants(undefined)).toThrow(/needs a Pool/);
    // @ts-expect-error: what JavaScript may pass
    expect(() => postgresGrants(pool(), { tabel: "x" })).toThrow(
      new TypeError("postgresGrants(): there is no option tabel; did you mean table?"),
    );
    // @ts-expect-error: what JavaScript may pass
    expect(() => postgresGrantsSql({ tables: "x" })).toThrow("did you mean table?");
    for (const table of ["x; drop table users", "X", 'a"b', "a.b.c", ""]) {
      expect(() => postgresGrants(pool(), { table })).toThrow(/table must be a plain lower-case name/);
    }
  });
});
