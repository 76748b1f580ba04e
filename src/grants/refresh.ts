import { setTimeout as wait } from "node:timers/promises";
import { GrantLostError, PlatformError } from "../errors.js";
import type { Events } from "../events.js";
import type { PlatformClock } from "../platform-clock.js";
import type { Grants } from "./grants.js";
import { type Lease, takeLease } from "./lease.js";
import { type GrantRecord, isLive, type KnownGrant, type TokenPair } from "./record.js";
import { type Revocations, tokensOf } from "./revocations.js";
import { MARKED_FOR } from "./sealed-store.js";
import type { GrantKey } from "./store.js";

/** How long a caller waits for a refresh, and a process for its turn; a refresh itself goes on. */
export const CALLERS_WAIT = 10_000;

/** How often to look whether the process that has the lease is done: at first, and at most. */
const POLL_FIRST = 40;
const POLL_SLOWEST = 250;

/** How long to wait before a won pair is written again, at first and at most. */
const REWRITE_FIRST = 100;
const REWRITE_SLOWEST = 5_000;

/** What a refresh needs. */
export interface RefreshParts {
  readonly grants: Grants;
  readonly clock: PlatformClock;
  readonly events: Events;
  readonly revocations: Revocations;
  /** The platform's answer to a refresh token; `undefined` when it refuses the token. */
  refresh(refreshToken: string): Promise<(TokenPair & { scopes: string[] }) | undefined>;
}

/** How a refresh talks to the process it runs in. */
export interface RefreshControls {
  /** Ends the tries to write a pair that the store does not take. */
  readonly giveUp: AbortSignal;
  /** Told when the platform did not answer the refresh as it should. */
  onFault(key: GrantKey, error: unknown): void;
}

/** What a refresh brought. */
type WonPair = TokenPair & Pick<GrantRecord, "scopes" | "refreshedAt">;

/**
 * Makes the function that refreshes one grant: in turn with all other processes, by lease; cancelled by nothing;
 * and with a won pair that is kept until it is stored.
 */
export function createRefresh(parts: RefreshParts, { giveUp, onFault }: RefreshControls) {
  const { grants, clock, events, revocations, refresh } = parts;

  return refreshGrant;

  async function refreshGrant(seen: KnownGrant<"live">): Promise<KnownGrant<"live">> {
    const turn = await takeTurn(seen);
    if ("record" in turn) return turn;
    try {
      const current = live(seen, await grants.read(seen.key));
      if (isNewer(current, seen)) return current;
      const intent = { owner: turn.owner, since: Date.now() };
      const begun = await grants.update(
        seen.key,
        (now) =>
          isSamePair(now, current) && isLive(now) ? { ...now.record, refreshing: intent } : undefined,
        { known: current },
      );
      const grant = live(seen, begun.grant);
      return begun.written ? await exchange(grant, current.record.refreshing !== undefined) : grant;
    } finally {
      await turn.release();
    }
  }

  /** The lease - or what another process made of the grant while it had the lease. */
  async function takeTurn(seen: KnownGrant<"live">): Promise<Lease | KnownGrant<"live">> {
    const until = Date.now() + CALLERS_WAIT;
    for (let pause = POLL_FIRST; ; pause = Math.min(pause * 1.5, POLL_SLOWEST)) {
      const lease = await takeLease(grants.leases, seen.key);
      if (lease) return lease;
      if (Date.now() > until) {
        throw new PlatformError("Another process is still refreshing. Try again in a moment.", {
          retryAfter: 1,
        });
      }
      await wait(pause * (0.75 + Math.random() / 2));
      const now = live(seen, await grants.read(seen.key));
      if (isNewer(now, seen)) return now;
    }
  }

  async function exchange(grant: KnownGrant<"live">, interrupted: boolean): Promise<KnownGrant<"live">> {
    const begun = performance.now();
    let tokens: Awaited<ReturnType<typeof refresh>>;
    try {
      tokens = await refresh(grant.record.refreshToken);
    } catch (error) {
      onFault(grant.key, error);
      events.tellFault(error, aboutOf(grant));
      throw error;
    }
    if (!tokens) return bury(grant, interrupted);
    return keep(grant, { ...tokens, refreshedAt: clock.now() }, begun);
  }

  /** Writes the won pair until it is stored, somebody else's is, or the grant has ended. */
  async function keep(before: KnownGrant<"live">, won: WonPair, begun: number): Promise<KnownGrant<"live">> {
    let pause = REWRITE_FIRST;
    const wonAt = Date.now();
    const { written, grant } = await grants.update(
      before.key,
      // A dead mark of the same pair is overwritten: who set it did not know of this answer.
      (found) => {
        // A row that is gone was lost by the store - or has ended, for longer than the mark of that lasts.
        const now = found ?? (Date.now() < wonAt + MARKED_FOR ? before : undefined);
        if (!now || !isSamePair(now, before) || now.record.state === "ended") return undefined;
        const { refreshing, ...record } = now.record;
        return { ...record, ...won, state: "live", generation: record.generation + 1 };
      },
      {
        known: before,
        keepTrying: async (error) => {
          if (pause === REWRITE_FIRST) events.tellFault(error, aboutOf(before));
          await wait(pause, undefined, { signal: giveUp }).catch(() => {});
          pause = Math.min(pause * 2, REWRITE_SLOWEST);
          return !giveUp.aborted;
        },
      },
    );
    if (written) {
      events.tell("refresh", { ...aboutOf(before), durationMs: Math.round(performance.now() - begun) });
    } else {
      void revocations.revoke(tokensOf(won), aboutOf(before));
    }
    return live(before, grant);
  }

  /** The platform refused the refresh token: another process may know better, else the grant is dead. */
  async function bury(grant: KnownGrant<"live">, interrupted: boolean): Promise<KnownGrant<"live">> {
    const outcome = await grants.update(
      grant.key,
      (now) => (isLive(now) && isSamePair(now, grant) ? { ...now.record, state: "dead" } : undefined),
      { known: grant },
    );
    if (outcome.written) {
      events.tell("grantLost", { ...aboutOf(grant), reason: interrupted ? "interrupted" : "refused" });
    }
    return live(grant, outcome.grant);
  }
}

/** The grant as it stands now, if it lives. */
export function live(seen: KnownGrant, now: KnownGrant | undefined): KnownGrant<"live"> {
  if (isLive(now)) return now;
  throw new GrantLostError(seen.record.user.id);
}

function isSamePair(a: KnownGrant | undefined, b: KnownGrant): boolean {
  return a?.record.generation === b.record.generation;
}

function isNewer(a: KnownGrant, b: KnownGrant): boolean {
  return a.record.generation > b.record.generation;
}

function aboutOf({ key, record }: KnownGrant) {
  return { userId: record.user.id, grantId: key.id };
}
