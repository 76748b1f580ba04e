import { postgresGrantsSql } from "express-autogpt/postgres";
import { Redis as IoRedis } from "ioredis";
import { showStored } from "../canary/watch.js";
import { portOf, postgresPool, type StoreSettings } from "./shared-store.js";

/** What somebody with the database's password sees and can change, past the package. */
export interface StoreRows {
  /** Every key and value, or every row, of one application. */
  dump(): Promise<string>;
  /** The sealed part of each grant, by grant ID. */
  sealed(): Promise<Map<string, string>>;
  /** Puts something else in place of a grant's sealed part. */
  write(id: string, sealed: string): Promise<void>;
  /** Removes all of it. */
  clear(): Promise<void>;
  /** Removes all of it and disconnects. */
  drop(): Promise<void>;
}

export async function rowsOf(
  settings: Pick<StoreSettings, "kind" | "table">,
  application: string,
): Promise<StoreRows> {
  const rows = await (settings.kind === "postgres" ? postgresRows(settings.table) : redisRows(application));
  return {
    ...rows,
    async drop() {
      showStored(await rows.dump());
      await rows.drop();
    },
  };
}

function redisRows(application: string): StoreRows {
  const redis = new IoRedis({ host: "127.0.0.1", port: portOf("ioredis") });
  const isRow = (key: string) => /}:[\w-]{22}$/.test(key);
  const scan = () => redis.scanStream({ match: `autogpt:${application}:*`, count: 5000 });
  async function keys(): Promise<string[]> {
    const all = new Set<string>();
    for await (const page of scan()) for (const key of page) all.add(key);
    return [...all];
  }
  async function clear(): Promise<void> {
    for await (const page of scan()) if (page.length > 0) await redis.unlink(...page);
  }
  return {
    async dump() {
      const lines = (await keys()).map(async (key) => [key, await contentOf(redis, key)].join(" "));
      return (await Promise.all(lines)).join("\n");
    },
    async sealed() {
      const rows = (await keys()).filter(isRow).map(async (key) => {
        const [, , sealed = ""] = ((await redis.get(key)) ?? "").split(" ");
        return [key.slice(-22), sealed] as const;
      });
      return new Map(await Promise.all(rows));
    },
    async write(id, sealed) {
      const key = (await keys()).find((name) => name.endsWith(`:${id}`)) ?? "";
      const [writeId, expiresAt] = ((await redis.get(key)) ?? "").split(" ");
      await redis.set(key, `${writeId} ${expiresAt} ${sealed}`, "KEEPTTL");
    },
    clear,
    async drop() {
      await clear();
      await redis.quit();
    },
  };
}

async function contentOf(redis: IoRedis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === "set") return redis.smembers(key);
  if (type === "zset") return redis.zrange(key, "0", "-1", "WITHSCORES");
  return redis.get(key);
}

async function postgresRows(table: string): Promise<StoreRows> {
  const pool = await postgresPool();
  await pool.query(postgresGrantsSql({ table }));
  return {
    async dump() {
      const { rows } = await pool.query(`select * from ${table}`);
      return rows.map((row) => JSON.stringify(row)).join("\n");
    },
    async sealed() {
      const { rows } = await pool.query<{ id: string; sealed: string }>(`select id, sealed from ${table}`);
      return new Map(rows.map(({ id, sealed }) => [id, sealed]));
    },
    async write(id, sealed) {
      await pool.query(`update ${table} set sealed = $2 where id = $1`, [id, sealed]);
    },
    async clear() {
      await pool.query(`delete from ${table}`);
    },
    async drop() {
      await pool.query(`drop table if exists ${table}`);
      await pool.end();
    },
  };
}
