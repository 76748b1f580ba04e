import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import QuickLRU from "quick-lru";
import { AutoGPTError, GrantLostError, PlatformError } from "../errors.js";
import { isLive, type KnownGrant } from "./record.js";
import { CALLERS_WAIT, createRefresh, live, type RefreshParts } from "./refresh.js";
import type { GrantKey } from "./store.js";

/** An access token is replaced this long before it expires: room for clocks that differ and for an outage. */
const MARGIN = 5 * 60_000;

/** An access token of this age that the platform refuses is not replaced; milliseconds. */
const YOUNG = 60_000;

/** How long a fault is remembered at least and at most, so that the platform is not asked again with each request. */
const REST = 5_000;
const REST_LONGEST = 60_000;

/** Refused access tokens a process remembers at most, so that no other call sends them again. */
const MOST_REFUSED = 1000;

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
  readonly #parts: RefreshParts;
  readonly #refresh: (seen: KnownGrant<"live">) => Promise<KnownGrant<"live">>;
  readonly #running = new Map<string, Promise<KnownGrant<"live">>>();
  readonly #resting = new Map<string, { until: number; error: AutoGPTError }>();
  readonly #refused = new QuickLRU<string, true>({ maxSize: MOST_REFUSED });
  readonly #closing = new AbortController();

  constructor(parts: RefreshParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#closing.signal); // one for each that waits, gone with it
    this.#refresh = createRefresh(parts, {
      giveUp: this.#closing.signal,
      onFault: (key, error) => this.#rest(key, error),
    });
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
    let grant = live(seen, grants.peek(seen.key) ?? (await grants.read(seen.key)));
    if (refused === grant.record.accessToken && this.#isYoung(grant)) {
      // One that is refused as soon as it is made would be refused again, and asking for more of them is a loop -
      // unless the grant has ended elsewhere, or another process has a newer one.
      grant = live(seen, await grants.read(seen.key));
      if (grant.record.accessToken === refused && this.#isYoung(grant)) return grant;
    }
    if (refused !== undefined) this.#refused.set(refused, true);
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
    let grant = await grants.read(key);
    // The successor may itself have been replaced: each one points to a newer one.
    while (grant && !isLive(grant) && grant.record.successor !== undefined) {
      grant = await grants.read({ ...key, id: grant.record.successor });
    }
    return isLive(grant) ? grant : undefined;
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

  #isYoung({ record }: KnownGrant): boolean {
    return this.#parts.clock.now() - record.refreshedAt < YOUNG;
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

  #rest({ id }: GrantKey, error: unknown): void {
    if (!(error instanceof AutoGPTError)) return;
    const seconds = error instanceof PlatformError ? error.retryAfter : undefined;
    const until = Date.now() + Math.min(Math.max((seconds ?? 0) * 1000, REST), REST_LONGEST);
    this.#resting.set(id, { until, error });
    setTimeout(() => this.#resting.delete(id), until - Date.now()).unref();
  }
}
