/**
 * Grants in Redis.
 *
 * @module express-autogpt/redis
 */

import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** The app's own connected client: of node-redis 5 or newer, or of ioredis; single or cluster. */
export type RedisClient = NodeRedis | NodeRedisCluster | IoRedis;

interface NodeRedis {
  sendCommand(args: string[]): Promise<unknown>;
}
interface NodeRedisCluster {
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  readonly masters: unknown;
}
interface IoRedis {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/**
 * Grants in Redis 6.2 or newer, for apps of several processes. Eviction must be off (`maxmemory-policy
 * noeviction`), or Redis signs people out when memory runs short; with persistence, grants outlive a restart.
 *
 * All keys of one user share a hash tag, so that a Redis Cluster works too.
 *
 * @throws {TypeError} when `client` is neither of the two, or something is passed beside it.
 *
 * @example
 * ```ts
 * import { redisGrants } from "express-autogpt/redis";
 * import { createClient } from "redis";
 *
 * const redis = createClient();
 * redis.on("error", console.error);
 * await redis.connect();
 * const grants = redisGrants(redis);
 * ```
 */
export function redisGrants(client: RedisClient): GrantStore;
export function redisGrants(client: RedisClient, ...more: unknown[]): GrantStore {
  if (more.length > 0) {
    throw new TypeError("redisGrants() takes the client and no options; the client says which database.");
  }
  const send = senderOf(client);
  const run = (script: string, keys: [string, ...string[]], ...args: string[]) =>
    send(keys[0], "EVAL", script, String(keys.length), ...keys, ...args);

  /** The index first: a row that it names and that is not there does no harm, the reverse would be forgotten. */
  async function announce({ key, expiresAt }: StoredGrant): Promise<void> {
    const index = expiringKey(key.application);
    await send(index, "ZADD", index, String(expiresAt), `${key.user}:${key.id}`);
  }

  return {
    async create(grant) {
      await announce(grant);
      await sweep(send, grant.key.application);
      await run(CREATE, rowAndUser(grant.key), toValue(grant), String(grant.expiresAt), grant.key.id);
    },
    async read(key) {
      return fromValue(key, await send(rowKey(key), "GET", rowKey(key)));
    },
    async swap(grant, expected) {
      await announce(grant);
      const args = [toValue(grant), String(grant.expiresAt), grant.key.id, `${expected} `];
      return (await run(SWAP, rowAndUser(grant.key), ...args)) === 1;
    },
    async list({ application, user }) {
      const owned = userKey({ application, user });
      const keys = texts(await send(owned, "SMEMBERS", owned)).map((id) => ({ application, user, id }));
      const rows = await Promise.all(
        keys.map(async (key) => fromValue(key, await send(owned, "GET", rowKey(key)))),
      );
      const gone = keys.filter((_, at) => rows[at] === undefined).map(({ id }) => id);
      if (gone.length > 0) await send(owned, "SREM", owned, ...gone);
      return rows.filter((row) => row !== undefined);
    },
    listExpiring: (application, before) => listExpiring(send, application, before),
    async acquireLease(key, owner, ms) {
      return (await run(ACQUIRE, [rowKey(key), leaseKey(key)], owner, String(ms))) === 1;
    },
    async renewLease(key, owner, ms) {
      return (await run(RENEW, [leaseKey(key)], owner, String(ms))) === 1;
    },
    async releaseLease(key, owner) {
      await run(RELEASE, [leaseKey(key)], owner);
    },
  };
}

type Send = (firstKey: string, ...args: string[]) => Promise<unknown>;

function senderOf(client: RedisClient): Send {
  if (typeof client === "object" && client !== null) {
    // ioredis has a sendCommand too, of another kind.
    if ("call" in client) return (_, command = "", ...args) => client.call(command, ...args);
    if ("masters" in client) return (firstKey, ...args) => client.sendCommand(firstKey, false, args);
    if ("sendCommand" in client) return (_, ...args) => client.sendCommand(args);
  }
  throw new TypeError(
    "redisGrants() needs a client of node-redis (createClient()) or of ioredis (new Redis()).",
  );
}

// A row is "<write ID> <expires at> <sealed>"; of these only the sealed part is long, and none holds a space.
// Redis forgets it at its own time. The set of a user's rows lasts as long as the longest of them.
const KEEP = `
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
local time = redis.call('TIME')
local left = ARGV[2] - (time[1] * 1000 + math.floor(time[2] / 1000))
if redis.call('PTTL', KEYS[2]) < left then redis.call('PEXPIREAT', KEYS[2], ARGV[2]) end
return 1`;
const CREATE = KEEP;
const SWAP = `
local row = redis.call('GET', KEYS[1])
if not row or string.sub(row, 1, #ARGV[4]) ~= ARGV[4] then return 0 end
${KEEP}`;
const ACQUIRE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1`;
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

function userKey({ application, user }: Pick<GrantKey, "application" | "user">): string {
  return `autogpt:${application}:{${user}}`;
}
function rowKey(key: GrantKey): string {
  return `${userKey(key)}:${key.id}`;
}
function leaseKey(key: GrantKey): string {
  return `${rowKey(key)}:lease`;
}
function rowAndUser(key: GrantKey): [string, string] {
  return [rowKey(key), userKey(key)];
}
function expiringKey(application: string): string {
  return `autogpt:${application}:expiring`;
}

function toValue({ writeId, expiresAt, sealed }: StoredGrant): string {
  return `${writeId} ${expiresAt} ${sealed}`;
}

function fromValue(key: GrantKey, value: unknown): StoredGrant | undefined {
  if (value === null || value === undefined) return undefined;
  const [writeId = "", expiresAt, sealed = ""] = String(value).split(" ");
  return { key, writeId, sealed, expiresAt: Number(expiresAt) };
}

/** Rows fetched at once when looking for those that expire. */
const PAGE = 500;

/** How long the index remembers rows that are gone: longer than any two clocks differ. */
const GONE_FOR = 24 * 3600 * 1000;

/** Takes rows that are long gone out of the index, which nothing else does. */
async function sweep(send: Send, application: string): Promise<void> {
  const index = expiringKey(application);
  await send(index, "ZREMRANGEBYSCORE", index, "-inf", String(Date.now() - GONE_FOR));
}

async function* listExpiring(send: Send, application: string, before: number): AsyncIterable<GrantKey> {
  const index = expiringKey(application);
  await sweep(send, application);
  let from = "-inf";
  let size = PAGE;
  const seen = new Set<string>(); // rows that are renewed meanwhile move, so pages are found by score
  for (;;) {
    const range = [index, from, `(${before}`, "BYSCORE", "LIMIT", "0", String(size), "WITHSCORES"];
    const page = texts(await send(index, "ZRANGE", ...range));
    const last = page.at(-1);
    for (const [at, member] of page.entries()) {
      if (at % 2 === 1 || seen.has(member)) continue;
      seen.add(member);
      const [user = "", id = ""] = member.split(":");
      yield { application, user, id };
    }
    if (last === undefined || page.length < size * 2) return;
    if (last === from) size *= 2; // more rows in one millisecond than a page holds
    from = last;
  }
}

/** A reply of strings, whatever the protocol version: RESP3 nests pairs and sends scores as numbers. */
function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.flat().map(String) : [];
}
