import { randomBytes } from "node:crypto";
import { postgresPool } from "../harness/shared-store.js";

/** A schema of its own in PostgreSQL, so that an app may use the default names of its tables. */
export interface Database {
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

/** Makes the schema, with the table of connect-pg-simple's `table.sql`; that of the grants makes itself. */
export async function makeDatabase(): Promise<Database> {
  const schema = `matrix_${randomBytes(6).toString("hex")}`;
  const pool = await postgresPool();
  await pool.query(`create schema ${schema}`);
  await pool.query(
    `create table ${schema}.session (sid varchar primary key, sess json not null, expire timestamp(6) not null)`,
  );
  return {
    env: {
      PGHOST: "127.0.0.1",
      PGUSER: "postgres",
      PGDATABASE: "test",
      PGOPTIONS: `-c search_path=${schema}`,
    },
    async drop() {
      await pool.query(`drop schema ${schema} cascade`);
      await pool.end();
    },
  };
}
