/**
 * Grants in PostgreSQL.
 *
 * @module express-autogpt/postgres
 */

import { checkOptionNames } from "../option-names.js";
import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** The app's own pool: of pg, or anything with its `query(text, values)`. */
export interface PostgresPool {
  /** Runs one statement, with `$1` and so on for the values. */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** The options of `postgresGrants()`. */
export interface PostgresGrantsOptions {
  /** The table's name, with its schema if need be; default `autogpt_grants`. */
  table?: string | undefined;
  /** `false` when you make the table yourself, from `postgresGrantsSql()`; default: it is made when it is missing. */
  createTable?: boolean | undefined;
}

const OPTIONS = Object.keys({ table: 1, createTable: 1 } satisfies Record<keyof PostgresGrantsOptions, 1>);

/** Rows fetched at once when looking for those that expire. */
const PAGE = 500;

/** Rows that have expired and are removed with each new grant: more than one, so that they die out. */
const SWEEP = 10;

/**
 * Grants in PostgreSQL 12 or newer, for apps of several processes; works behind pgbouncer in any mode.
 * Makes its own table when it is missing.
 *
 * @throws {TypeError} when `pool` is no pool, the table's name is not one, or there is no such option.
 *
 * @example
 * ```ts
 * import { postgresGrants } from "express-autogpt/postgres";
 * import { Pool } from "pg";
 *
 * const pool = new Pool();
 * pool.on("error", console.error); // a connection that is cut while idle ends the process otherwise
 * const grants = postgresGrants(pool);
 * ```
 */
export function postgresGrants(pool: PostgresPool, options: PostgresGrantsOptions = {}): GrantStore {
  if (typeof pool?.query !== "function") throw new TypeError("postgresGrants() needs a Pool of pg.");
  checkOptionNames("postgresGrants()", options, OPTIONS);
  const { createTable = true } = options;
  const table = nameOf(options);
  let made: Promise<unknown> | undefined;

  async function query(text: string, ...values: unknown[]) {
    if (createTable) {
      made ??= makeTable(pool, options);
      await made.catch((error: unknown) => {
        made = undefined; // the next call tries again
        throw error;
      });
    }
    return pool.query(text, values);
  }
  const here = "application = $1 and user_key = $2 and id = $3";
  const there = ({ application, user, id }: GrantKey) => [application, user, id];
  const living = "expires_at > now()";

  return {
    async create({ key, sealed, writeId, expiresAt }) {
      await query(
        `with swept as (delete from ${table} where ctid in (select ctid from ${table}
           where application = $1 and expires_at < now() limit ${SWEEP} for update skip locked))
         insert into ${table} (application, user_key, id, sealed, write_id, expires_at)
         values ($1, $2, $3, $4, $5, ${instant("$6")})
         on conflict (application, id) do update
         set sealed = excluded.sealed, write_id = excluded.write_id, expires_at = excluded.expires_at`,
        ...[...there(key), sealed, writeId, expiresAt],
      );
    },
    async read(key) {
      const { rows } = await query(
        `select ${COLUMNS} from ${table} where ${here} and ${living}`,
        ...there(key),
      );
      return rows.map(toGrant)[0];
    },
    async swap({ key, sealed, writeId, expiresAt }, expected) {
      const { rowCount } = await query(
        `update ${table} set sealed = $4, write_id = $5, expires_at = ${instant("$6")}
         where ${here} and write_id = $7 and ${living}`,
        ...[...there(key), sealed, writeId, expiresAt, expected],
      );
      return rowCount === 1;
    },
    async list({ application, user }) {
      const where = `application = $1 and user_key = $2 and ${living}`;
      const { rows } = await query(`select ${COLUMNS} from ${table} where ${where}`, application, user);
      return rows.map(toGrant);
    },
    async *listExpiring(application, before) {
      let [after, afterId] = ["-infinity", ""];
      for (;;) {
        const { rows } = await query(
          `select ${COLUMNS}, expires_at::text as at from ${table}
           where application = $1 and ${living} and expires_at < ${instant("$2")}
           and (expires_at, id) > ($3::timestamptz, $4) order by expires_at, id limit ${PAGE}`,
          ...[application, before, after, afterId],
        );
        for (const row of rows) yield toGrant(row).key;
        const last = Object(rows.at(-1));
        if (rows.length < PAGE) return;
        [after, afterId] = [String(last.at), String(last.id)];
      }
    },
    async acquireLease(key, owner, ms) {
      const { rowCount } = await query(
        `update ${table} set lease_owner = $4, lease_until = ${fromNow("$5")} where ${here} and ${living}
         and (lease_owner is null or lease_owner = $4 or lease_until <= clock_timestamp())`,
        ...[...there(key), owner, ms],
      );
      return rowCount === 1;
    },
    async renewLease(key, owner, ms) {
      const { rowCount } = await query(
        `update ${table} set lease_until = ${fromNow("$5")}
         where ${here} and lease_owner = $4 and lease_until > clock_timestamp()`,
        ...[...there(key), owner, ms],
      );
      return rowCount === 1;
    },
    async releaseLease(key, owner) {
      await query(
        `update ${table} set lease_owner = null, lease_until = null where ${here} and lease_owner = $4`,
        ...[...there(key), owner],
      );
    },
  };
}

/**
 * The SQL that makes the table, for those who do it themselves (then pass `createTable: false`); may be run again.
 *
 * @example
 * ```ts
 * import { postgresGrantsSql } from "express-autogpt/postgres";
 * console.log(postgresGrantsSql());
 * ```
 */
export function postgresGrantsSql(options: Pick<PostgresGrantsOptions, "table"> = {}): string {
  checkOptionNames("postgresGrantsSql()", options, OPTIONS);
  const table = nameOf(options);
  const index = table.replace(/^.*\./, "");
  return `create table if not exists ${table} (
  application text not null,
  user_key text not null,
  id text not null,
  sealed text not null,
  write_id text not null,
  expires_at timestamptz not null,
  lease_owner text,
  lease_until timestamptz,
  primary key (application, id)
);
create index if not exists ${index}_by_user on ${table} (application, user_key);
create index if not exists ${index}_by_expiry on ${table} (application, expires_at);`;
}

function nameOf({ table = "autogpt_grants" }: Pick<PostgresGrantsOptions, "table">): string {
  if (/^(?:[a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/.test(table)) return table;
  throw new TypeError(`table must be a plain lower-case name such as "autogpt_grants" or "auth.grants".`);
}

/** Two processes that make the table at once trip over each other's catalogue rows; the second look finds it. */
async function makeTable(pool: PostgresPool, options: PostgresGrantsOptions): Promise<void> {
  const sql = postgresGrantsSql(options);
  await pool.query(sql).catch(() => pool.query(sql));
}

const COLUMNS =
  "application, user_key, id, sealed, write_id, (extract(epoch from expires_at) * 1000)::float8 as expires_at";

function instant(parameter: string): string {
  return `to_timestamp(${parameter}::float8 / 1000)`;
}

/** The store's own clock as it goes, not as it stood when the transaction began. */
function fromNow(parameter: string): string {
  return `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`;
}

function toGrant(row: unknown): StoredGrant {
  const { application, user_key, id, sealed, write_id, expires_at }: Record<string, unknown> = {
    ...Object(row),
  };
  return {
    key: { application: String(application), user: String(user_key), id: String(id) },
    sealed: String(sealed),
    writeId: String(write_id),
    expiresAt: Math.round(Number(expires_at)),
  };
}
