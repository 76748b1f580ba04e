import { GrantLostError, StoreError } from "../errors.js";
import type { Events } from "../events.js";
import type { PlatformClock } from "../platform-clock.js";
import { missingScopes, type Scope } from "../scopes.js";
import type { AccessTokens } from "./access-tokens.js";
import type { Grants } from "./grants.js";
import type { KnownGrant } from "./record.js";

/** What became of the grants that were about to expire. */
export interface Renewals {
  /** Grants that will last another 30 days. */
  readonly renewed: number;
  /** Grants left to expire, because a newer one of the same user covers their scopes. */
  readonly superseded: number;
  /** Grants whose refresh token the platform refused. */
  readonly lost: number;
  /** Grants that met a passing fault: run again. */
  readonly failed: number;
}

/** What renewing needs. */
export interface RenewParts {
  readonly grants: Grants;
  readonly accessTokens: AccessTokens;
  readonly clock: PlatformClock;
  readonly events: Events;
}

/** Users whose grants are renewed at once: each refresh costs the platform an scrypt hash (oauth.md section 12). */
const AT_ONCE = 4;

/**
 * Renews what would expire: a refresh token lives 30 days and slides with each refresh (oauth.md section 5.8).
 * Per user only the newest grant that covers each scope set, so that forgotten sign-ins die. Several processes
 * may do it at once: each grant is refreshed by one of them.
 */
export async function renewExpiring(withinMs: number, parts: RenewParts): Promise<Renewals> {
  if (!Number.isFinite(withinMs) || withinMs < 0) {
    throw new TypeError(
      "renewExpiring() needs { within: milliseconds }, such as 7 * 24 * 3600 * 1000 for a week.",
    );
  }
  const before = parts.clock.now() + withinMs;
  const counts = { renewed: 0, superseded: 0, lost: 0, failed: 0 };
  const running = new Set<Promise<void>>();
  for await (const live of parts.grants.listExpiring(before)) {
    const work = renewUser(live, before, counts, parts).finally(() => running.delete(work));
    running.add(work);
    if (running.size >= AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  return counts;
}

async function renewUser(
  live: readonly KnownGrant<"live">[],
  before: number,
  counts: { -readonly [Name in keyof Renewals]: number },
  { accessTokens, events }: RenewParts,
): Promise<void> {
  const newer: KnownGrant[] = []; // newest first, less those that turn out to be lost
  for (const grant of live) {
    if (grant.record.refreshTokenExpiresAt >= before) {
      newer.push(grant);
      continue;
    }
    if (newer.some(({ record }) => covers(record.scopes, grant.record.scopes))) {
      counts.superseded += 1;
      continue;
    }
    try {
      await accessTokens.renew(grant);
      counts.renewed += 1;
      newer.push(grant);
    } catch (error) {
      if (!(error instanceof GrantLostError)) newer.push(grant);
      counts[error instanceof GrantLostError ? "lost" : "failed"] += 1;
      // What the platform did wrong was told by the refresh.
      if (error instanceof StoreError) {
        events.tellFault(error, { userId: grant.record.user.id, grantId: grant.key.id });
      }
    }
  }
}

function covers(scopes: readonly string[], others: readonly string[]): boolean {
  return missingScopes(scopes, others as readonly Scope[]).length === 0;
}
