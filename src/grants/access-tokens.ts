import { setTimeout as wait } from "node:timers/promises";
import QuickLRU from "quick-lru";
import { AutoGPTError, GrantLostError, PlatformError } from "../errors.js";
import type { Events } from "../events.js";
import type { PlatformClock } from "../platform-clock.js";
import { type Grants, MARKED_FOR } from "./grants.js";
import { type Lease, takeLease } from "./lease.js";
import { type GrantRecord, isLive, type KnownGrant, type TokenPair } from "./record.js";
import { type Revocations, tokensOf } from "./revocations.js";
import type { GrantKey } from "./store.js";

/** An access token is replaced this long before it expires: room for clocks that differ and for an outage. */
const MARGIN = 5 * 60_000;

/** How long a caller waits for a refresh; the refresh itself goes on. */
const CALLERS_WAIT = 10_000;

/** How often to look whether the process that has the lease is done: at first, and at most. */
const POLL_FIRST = 40;
const POLL_SLOWEST = 250;

/** How long a fault is remembered at least and at most, so that the platform is not asked again with each request. */
const REST = 5_000;
const REST_LONGEST = 60_000;

/** Refused access tokens a process remembers at most, so that no other call sends them again. */
const MOST_REFUSED = 1000;

/** How long to wait before a won pair is written again, at first and at most. */
const REWRITE_FIRST = 100;
const REWRITE_SLOWEST = 5_000;

/** What a refresh needs. */
export interface AccessTokenParts {
  readonly grants: Grants;
  readonly clock: PlatformClock;
  readonly events: Events;
  readonly revocations: Revocations;
  /** The platform's answer to a refresh token; `undefined` when it refuses the token. */
  refresh(refreshToken: string): Promise<(TokenPair & { scopes: string[] }) | undefined>;
}

/** What a refresh brought. */
type WonPair = TokenPair & Pick<GrantRecord, "scopes" | "refreshedAt">;

/** How fresh is fresh enough, and for how long to wait. */
export interface FreshnessOptions {
  /** An access token that the platform refused. */
  refused?: string | undefined;
  /** Stops the waiting; the refresh goes on. */
  signal?: AbortSignal | undefined;
}

/**
 * The one way to a fresh access token, for request code and background code alike. A refresh token works once
 * and a lost answer ends the grant (oauth.md section 5.8), so: one refresh per grant across all processes, by
 * lease; nothing cancels it; and a pair that was won is kept until it is stored.
 */
export class AccessTokens {
  readonly #parts: AccessTokenParts;
  readonly #running = new Map<string, Promise<KnownGrant<"live">>>();
  readonly #resting = new Map<string, { until: number; error: AutoGPTError }>();
  readonly #refused = new QuickLRU<string, true>({ maxSize: MOST_REFUSED });
  readonly #closing = new AbortController();

  constructor(parts: AccessTokenParts) {
    this.#parts = parts;
  }

  /**
   * The grant with an access token that can be used now.
   *
   * @throws {GrantLostError} when the user must sign in again.
   * @throws {ApplicationError} when the platform refuses the application; the grant is untouched.
   * @throws {PlatformError | StoreError} 503 when trying again can help; the grant is untouched.
   */
  async fresh(seen: KnownGrant<"live">, options: FreshnessOptions = {}): Promise<KnownGrant<"live">> {
    try {
      return await this.#fresh(seen, options);
    } catch (error) {
      // More consent replaced it by another grant of the same user.
      const successor = error instanceof GrantLostError ? await this.#successorOf(seen) : undefined;
      if (!successor) throw error;
      return this.fresh(successor, options);
    }
  }

  async #fresh(seen: KnownGrant<"live">, { refused, signal }: FreshnessOptions): Promise<KnownGrant<"live">> {
    const { grants } = this.#parts;
    if (refused !== undefined) this.#refused.set(refused, true);
    const grant = this.#live(seen, grants.peek(seen.key) ?? (await grants.read(seen.key)));
    if (this.#lasts(grant, MARGIN)) return grant;
    try {
      return await this.#waitFor(this.#refreshOnce(grant), signal);
    } catch (error) {
      const passing = error instanceof AutoGPTError && error.status >= 500;
      if (passing && this.#lasts(grant, 0)) return grant;
      throw error;
    }
  }

  async #successorOf({ key }: KnownGrant): Promise<KnownGrant<"live"> | undefined> {
    const { grants } = this.#parts;
    const id = (await grants.read(key))?.record.successor;
    const successor = id === undefined ? undefined : await grants.read({ ...key, id });
    return isLive(successor) ? successor : undefined;
  }

  /** A new pair though the old one still lasts, so that the refresh token does not expire. */
  async renew(grant: KnownGrant<"live">): Promise<KnownGrant<"live">> {
    return this.#refreshOnce(grant);
  }

  /** Refreshes and won pairs that are still under way. */
  get pending(): readonly Promise<unknown>[] {
    return [...this.#running.values()];
  }

  /** Gives up writing pairs that the store does not take. */
  giveUp(): void {
    this.#closing.abort();
  }

  #live(seen: KnownGrant, now: KnownGrant | undefined): KnownGrant<"live"> {
    if (isLive(now)) return now;
    throw new GrantLostError(seen.record.user.id);
  }

  #lasts({ record }: KnownGrant, margin: number): boolean {
    const refused = this.#refused.has(record.accessToken);
    return !refused && record.accessTokenExpiresAt - margin > this.#parts.clock.now();
  }

  /** Whoever in this process asks while a refresh runs, waits for that one. */
  #refreshOnce(grant: KnownGrant<"live">): Promise<KnownGrant<"live">> {
    const { id } = grant.key;
    const running = this.#running.get(id);
    if (running) return running;
    const resting = this.#resting.get(id);
    if (resting && resting.until > Date.now()) return Promise.reject(resting.error);
    const refresh = this.#refresh(grant).finally(() => this.#running.delete(id));
    this.#running.set(id, refresh);
    refresh.catch(() => {}); // its callers may all have gone
    return refresh;
  }

  async #waitFor<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const enough = new AbortController();
    const patience = wait(CALLERS_WAIT, undefined, {
      signal: signal ? AbortSignal.any([enough.signal, signal]) : enough.signal,
    }).then(() => {
      throw new PlatformError("Refreshing the access token takes long. Try again in a moment.", {
        retryAfter: 1,
      });
    });
    try {
      return await Promise.race([work, patience]);
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      enough.abort();
      patience.catch(() => {});
    }
  }

  async #refresh(seen: KnownGrant<"live">): Promise<KnownGrant<"live">> {
    const { grants } = this.#parts;
    const turn = await this.#takeTurn(seen);
    if ("record" in turn) return turn;
    try {
      const current = this.#live(seen, await grants.read(seen.key));
      if (isNewer(current, seen)) return current;
      const intent = { owner: turn.owner, since: Date.now() };
      const begun = await grants.update(
        seen.key,
        (now) =>
          isSamePair(now, current) && isLive(now) ? { ...now.record, refreshing: intent } : undefined,
        { known: current },
      );
      const grant = this.#live(seen, begun.grant);
      return begun.written ? await this.#exchange(grant, current.record.refreshing !== undefined) : grant;
    } finally {
      await turn.release();
    }
  }

  /** The lease - or what another process made of the grant while it had the lease. */
  async #takeTurn(seen: KnownGrant<"live">): Promise<Lease | KnownGrant<"live">> {
    const { grants } = this.#parts;
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
      const now = this.#live(seen, await grants.read(seen.key));
      if (isNewer(now, seen)) return now;
    }
  }

  async #exchange(grant: KnownGrant<"live">, interrupted: boolean): Promise<KnownGrant<"live">> {
    const { clock, events, refresh } = this.#parts;
    const begun = performance.now();
    let tokens: Awaited<ReturnType<typeof refresh>>;
    try {
      tokens = await refresh(grant.record.refreshToken);
    } catch (error) {
      this.#rest(grant.key, error);
      events.tellFault(error, aboutOf(grant));
      throw error;
    }
    if (!tokens) return this.#bury(grant, interrupted);
    return this.#keep(grant, { ...tokens, refreshedAt: clock.now() }, begun);
  }

  /** Writes the won pair until it is stored, somebody else's is, or the grant has ended. */
  async #keep(before: KnownGrant<"live">, won: WonPair, begun: number): Promise<KnownGrant<"live">> {
    const { grants, events, revocations } = this.#parts;
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
          await wait(pause, undefined, { signal: this.#closing.signal }).catch(() => {});
          pause = Math.min(pause * 2, REWRITE_SLOWEST);
          return !this.#closing.signal.aborted;
        },
      },
    );
    if (written) {
      events.tell("refresh", { ...aboutOf(before), durationMs: Math.round(performance.now() - begun) });
    } else {
      void revocations.revoke(tokensOf(won), aboutOf(before));
    }
    return this.#live(before, grant);
  }

  /** The platform refused the refresh token: another process may know better, else the grant is dead. */
  async #bury(grant: KnownGrant<"live">, interrupted: boolean): Promise<KnownGrant<"live">> {
    const { grants, events } = this.#parts;
    const outcome = await grants.update(
      grant.key,
      (now) => (isLive(now) && isSamePair(now, grant) ? { ...now.record, state: "dead" } : undefined),
      { known: grant },
    );
    if (outcome.written) {
      events.tell("grantLost", { ...aboutOf(grant), reason: interrupted ? "interrupted" : "refused" });
    }
    return this.#live(grant, outcome.grant);
  }

  #rest({ id }: GrantKey, error: unknown): void {
    if (!(error instanceof AutoGPTError)) return;
    const seconds = error instanceof PlatformError ? error.retryAfter : undefined;
    const until = Date.now() + Math.min(Math.max((seconds ?? 0) * 1000, REST), REST_LONGEST);
    this.#resting.set(id, { until, error });
    setTimeout(() => this.#resting.delete(id), until - Date.now()).unref();
  }
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
