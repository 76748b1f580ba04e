import { setTimeout as wait } from "node:timers/promises";
import type { AccessTokens } from "./access-tokens.js";
import type { Revocations } from "./revocations.js";

/**
 * Waits for what must not be cut off: refreshes whose answer is on its way, won pairs that the store has not
 * taken yet, and revocations. Resolves to whether all of it ended in time.
 */
export async function closeGrants(
  { accessTokens, revocations }: { accessTokens: AccessTokens; revocations: Revocations },
  timeoutMs: number,
): Promise<boolean> {
  revocations.close();
  const enough = new AbortController();
  const patience = wait(timeoutMs, false, { signal: enough.signal }).catch(() => false);
  const done = await Promise.race([settle(accessTokens, revocations), patience]);
  enough.abort();
  if (!done) accessTokens.giveUp();
  return done;
}

/** A refresh that ends may begin a revocation, so until nothing is left. */
async function settle(accessTokens: AccessTokens, revocations: Revocations): Promise<true> {
  for (;;) {
    const pending = [...accessTokens.pending, ...revocations.pending];
    if (pending.length === 0) return true;
    await Promise.allSettled(pending);
  }
}
