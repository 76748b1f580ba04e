// The recipe on PostgreSQL, in a schema of its own.
import { randomBytes } from "node:crypto";
import { startEmulator } from "express-autogpt/emulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { Browser } from "../harness/browser.js";
import { needs } from "../harness/needs.js";
import { postgresPool } from "../harness/shared-store.js";
import { startRecipe } from "./recipe.js";

vi.setConfig({ testTimeout: 60_000 }); // several processes begin, on a machine that may be busy

const describeWithPostgres = await needs("PostgreSQL", "the recipe on PostgreSQL");

describeWithPostgres("PostgreSQL for everything", () => {
  test("sessions, grants and users outlive a restart of the app", async () => {
    const emulator = await startEmulator();
    const pool = await postgresPool();
    const schema = `recipe_${randomBytes(6).toString("hex")}`;
    await pool.query(`create schema ${schema}`);
    onTestFinished(async () => {
      await pool.query(`drop schema ${schema} cascade`);
      await Promise.all([pool.end(), emulator.stop()]);
    });
    const options = encodeURIComponent(`-c search_path=${schema}`);
    const env = { DATABASE_URL: `postgres://postgres@127.0.0.1:5432/test?options=${options}` };

    const before = await startRecipe("postgres.ts", emulator, { env });
    const browser = new Browser();
    expect((await browser.signIn(emulator, before.url)).status).toBe(302);
    expect(await browser.json(before.url)).toEqual({ email: "ada@example.com", sign_ins: 1 });
    expect(await before.program.stop()).toBe(0);

    const { port } = new URL(before.url);
    const after = await startRecipe("postgres.ts", emulator, {
      env: { ...env, PORT: port },
      publicUrl: before.url,
    });
    expect(await browser.json(after.url)).toEqual({ email: "ada@example.com", sign_ins: 1 });
    expect((await new Browser().signIn(emulator, after.url)).status).toBe(302);
    expect(await browser.json(after.url)).toEqual({ email: "ada@example.com", sign_ins: 2 });

    const tables = await pool.query("select tablename from pg_tables where schemaname = $1 order by 1", [
      schema,
    ]);
    expect(tables.rows.map(({ tablename }) => tablename)).toEqual([
      "app_sessions",
      "app_users",
      "autogpt_grants",
    ]);
    expect(await after.program.stop()).toBe(0);
  });
});
