import { randomBytes } from "node:crypto";
import { Redis as IoRedis } from "ioredis";
import { recordSeal } from "../harness/sealed-records.js";
import { portOf, postgresPool, type StoreSettings } from "../harness/shared-store.js";

/** Rows sent at once. */
const BATCH = 2000;

/** Distinct sealed records; sealing a million takes longer than storing them, and a row's size is the same. */
const SEALED = 1000;

const DAY = 24 * 3600 * 1000;

interface Row {
  readonly user: string;
  readonly id: string;
  readonly sealed: string;
  readonly writeId: string;
  readonly expiresAt: number;
}

/** Puts so many more grants beside what is there, as sign-ins of the last 28 days would have left them. */
export async function fillStore(settings: StoreSettings, application: string, count: number): Promise<void> {
  const records = await sealedRecords(application);
  const batches = function* () {
    for (let made = 0; made < count; made += BATCH) {
      yield Array.from({ length: Math.min(BATCH, count - made) }, (_, at) => newRow(records, made + at));
    }
  };
  if (settings.kind === "postgres") await fillPostgres(settings.table, application, batches());
  else await fillRedis(application, batches());
}

/** The row and its share of the indexes. */
export async function bytesPerGrant(settings: StoreSettings, application: string, count: number) {
  return settings.kind === "postgres"
    ? bytesInPostgres(settings.table, count)
    : bytesInRedis(application, count);
}

function newRow(records: readonly string[], at: number): Row {
  return {
    user: newName(16),
    id: newName(16),
    sealed: records[at % records.length] ?? "",
    writeId: newName(12),
    expiresAt: Date.now() + 2 * DAY + Math.floor(Math.random() * 28 * DAY),
  };
}

const newName = (bytes: number) => randomBytes(bytes).toString("base64url");

/** The members and lengths of a real record. */
async function sealedRecords(application: string): Promise<string[]> {
  const seal = recordSeal(application);
  const now = Date.now();
  return Promise.all(
    Array.from({ length: SEALED }, (_, at) =>
      seal.seal({
        ...{ version: 1, id: newName(16), generation: at, since: now, refreshedAt: now, state: "live" },
        user: {
          id: "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a01",
          email: `somebody.${at}@example.com`,
          name: "Somebody With A Name",
          timezone: "Europe/London",
        },
        scopes: ["IDENTITY", "READ_LIBRARY", "RUN_AGENT", "READ_RUN"],
        accessToken: `agpt_xt_${newName(32)}`,
        accessTokenExpiresAt: now + 3_600_000,
        refreshToken: `agpt_rt_${newName(32)}`,
        refreshTokenExpiresAt: now + 30 * DAY,
      }),
    ),
  );
}

async function fillPostgres(table: string, application: string, batches: Iterable<Row[]>): Promise<void> {
  const pool = await postgresPool();
  for (const rows of batches) {
    const columns = [
      rows.map(({ user }) => user),
      rows.map(({ id }) => id),
      rows.map(({ sealed }) => sealed),
      rows.map(({ writeId }) => writeId),
      rows.map(({ expiresAt }) => expiresAt / 1000),
    ];
    await pool.query(
      `insert into ${table} (application, user_key, id, sealed, write_id, expires_at)
       select $1, u, i, s, w, to_timestamp(e)
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::float8[]) as t (u, i, s, w, e)`,
      [application, ...columns],
    );
  }
  await pool.query(`analyze ${table}`);
  await pool.end();
}

async function bytesInPostgres(table: string, count: number): Promise<number> {
  const pool = await postgresPool();
  const { rows } = await pool.query<{ bytes: string }>("select pg_total_relation_size($1) as bytes", [table]);
  await pool.end();
  return Math.round(Number(rows[0]?.bytes) / count);
}

/** The keys and values that redisGrants() writes; the store's own tests hold it to what this measures. */
async function fillRedis(application: string, batches: Iterable<Row[]>): Promise<void> {
  const redis = new IoRedis({ port: portOf("ioredis") });
  for (const rows of batches) {
    const pipeline = redis.pipeline();
    for (const { user, id, sealed, writeId, expiresAt } of rows) {
      const owned = `autogpt:${application}:{${user}}`;
      pipeline.zadd(`autogpt:${application}:expiring`, String(expiresAt), `${user}:${id}`);
      pipeline.set(`${owned}:${id}`, `${writeId} ${expiresAt} ${sealed}`, "PXAT", expiresAt);
      pipeline.sadd(owned, id);
      pipeline.pexpireat(owned, expiresAt);
    }
    await pipeline.exec();
  }
  await redis.quit();
}

/** Rows and user sets of a sample, and the index of expiry as a whole. */
async function bytesInRedis(application: string, count: number): Promise<number> {
  const redis = new IoRedis({ port: portOf("ioredis") });
  const index = `autogpt:${application}:expiring`;
  const usage = async (key: string) => Number(await redis.call("MEMORY", "USAGE", key, "SAMPLES", "0"));
  const sample = await redis.zrange(index, "0", "999");
  const sizes = sample.map(async (member) => {
    const [user = "", id = ""] = member.split(":");
    const owned = `autogpt:${application}:{${user}}`;
    return (await usage(owned)) + (await usage(`${owned}:${id}`));
  });
  const rows = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / sample.length;
  const share = (await usage(index)) / count;
  await redis.quit();
  return Math.round(rows + share);
}
