import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../command-line.js";
import { isMemoryGrants } from "../grants/memory.js";
import type { GrantStore } from "../grants/store.js";
import { CheckFailed, ok, type Verdict, warning } from "./finding.js";

/** As long as the store has in the app, too; milliseconds. */
const PATIENCE = 5_000;

/** Longer than two clocks that can work together differ; milliseconds. */
const PROBE_LASTS = 10 * 60_000;

/** So far in the past that stores which clean up late do it at once; milliseconds. */
const LONG_GONE = 2 * 24 * 3600_000;

const OWN_STORE_FIX = "Hold the store to its promises with grantStoreTests of express-autogpt/store-tests.";

/**
 * Whether the grant store answers and keeps its promises: one row is written, read, leased, and ended.
 *
 * @throws {CheckFailed} saying which of these went wrong.
 */
export async function checkGrantStore(
  store: GrantStore | undefined,
  { application, isProduction }: { application: string; isProduction: boolean },
): Promise<Verdict> {
  if (store === undefined || isMemoryGrants(store)) return judgeMemory(isProduction);
  await probe(store, application);
  return ok("The store writes, reads, leases and forgets.");
}

function judgeMemory(isProduction: boolean): Verdict {
  if (!isProduction) return ok("memoryGrants(), which is for development and for one process.");
  return warning(
    "memoryGrants() with NODE_ENV=production: a restart signs everybody out, and a second process knows nothing.",
    "Pass grants: redisGrants(client) or postgresGrants(pool).",
  );
}

async function probe(store: GrantStore, application: string): Promise<void> {
  const name = (bytes: number) => randomBytes(bytes).toString("base64url");
  const key = { application, user: name(16), id: name(16) };
  const row = { key, sealed: "express-autogpt-doctor", writeId: name(12) };
  const owner = name(12);

  await step("write a row", () => store.create({ ...row, expiresAt: Date.now() + PROBE_LASTS }));
  const found = await step("read a row", () => store.read(key));
  if (found?.writeId !== row.writeId || found.sealed !== row.sealed) {
    throw new CheckFailed(
      "The grant store does not give back what was written to it.",
      `Look whether its clock is right. ${OWN_STORE_FIX}`,
    );
  }
  await step("lease a row", async () => {
    if (!(await store.acquireLease(key, owner, PATIENCE))) throw new Error("a free lease was refused");
    await store.releaseLease(key, owner);
  });
  const gone = { ...row, writeId: name(12), expiresAt: Date.now() - LONG_GONE };
  await step("change a row", async () => {
    if (!(await store.swap(gone, row.writeId))) throw new Error("it was refused");
  });
  const rest = await step("forget a row", async () => {
    await store.listExpiring(application, 0)[Symbol.asyncIterator]().next(); // Redis sweeps its index while it looks
    return store.list(key);
  });
  if (rest.length > 0)
    throw new CheckFailed("The grant store does not forget what has expired.", OWN_STORE_FIX);
}

/** Drivers wait as long as a store is away; nobody wants to do that here. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const late = wait(PATIENCE).then(() => {
    throw new Error(`no answer within ${PATIENCE / 1000} seconds`);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    throw new CheckFailed(
      `The grant store could not ${what}: ${messageOf(error) || codeOf(error)}.`,
      "Look whether it runs, at the client's address and password, and whether its user may write.",
    );
  }
}

/** Node's AggregateError, for a host whose addresses all refuse, has no message. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no reason given";
}
