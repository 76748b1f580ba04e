import type { Scope } from "../scopes.js";

/** A limit of one operation on top of the platform's general 200 requests a minute. */
export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
  readonly per: "user";
}

/** The header that makes a repeated request the same request. */
export interface Idempotency {
  readonly header: string;
  readonly ttlSeconds: number;
  /** Within what a key is unique, for example `"user+organization"`. */
  readonly scope: string;
}

/** What the API documents say about one operation beyond its types; the rows of `operations.ts`. */
export interface Operation {
  /** Unique within its API version only: both versions have a `getMe`. */
  readonly operationId: string;
  /** All of them are needed together; empty: any valid credential will do. */
  readonly scopes: readonly Scope[];
  /** Needed on top where the query's `content_types` names the key. */
  readonly conditionalScopes?: Readonly<Record<string, readonly Scope[]>>;
  /** Answers after which the call may be repeated; with a 5xx among them, after a network fault too. */
  readonly retryOn: readonly number[];
  readonly rateLimit?: RateLimit;
  /** With it, statuses of `retryOn` other than 429 count only when the same key is sent again. */
  readonly idempotency?: Idempotency;
  /** The last day on the cloud, as an ISO date; only for deprecated operations. */
  readonly endsOn?: string;
}
