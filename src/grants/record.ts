import type { User } from "../user.js";
import type { GrantKey } from "./store.js";

/** Raised when a record's shape changes; a record of another version is unreadable. */
export const RECORD_VERSION = 1;

/** The two tokens; instants are milliseconds since 1970 on the platform's clock. */
export interface TokenPair {
  accessToken: string;
  accessTokenExpiresAt: number;
  refreshToken: string;
  refreshTokenExpiresAt: number;
}

/** What one user granted in one sign-in, as it stands inside the seal. */
export interface GrantRecord extends Readonly<TokenPair> {
  readonly version: typeof RECORD_VERSION;
  readonly id: string;
  readonly user: User;
  readonly scopes: readonly string[];
  /** Counts the token pairs: a write that belongs to an earlier pair must not win over a later one. */
  readonly generation: number;
  /** When the user signed in; milliseconds since 1970 on the platform's clock, as is `refreshedAt`. */
  readonly since: number;
  readonly refreshedAt: number;
  /**
   * `ended`: signed out, nothing overwrites it. `dead`: the platform refused the refresh token; a pair that
   * was won from the same generation and arrives late may still overwrite it.
   */
  readonly state: "live" | "dead" | "ended";
  /** The refresh that is under way, or that never reported back. */
  readonly refreshing?: { readonly owner: string; readonly since: number };
  /** The ID of the user's grant that replaced this one: calls under way go on with it. */
  readonly successor?: string;
  /** Signed out with the grant kept for background work: it signs no session in. */
  readonly signedOut?: true;
}

/** A record as it stands in the store now. */
export interface KnownGrant<State = GrantRecord["state"]> {
  readonly key: GrantKey;
  readonly writeId: string;
  readonly record: GrantRecord & { readonly state: State };
}

/** Whether the grant can still be used, which a type guard then knows. */
export function isLive(grant: KnownGrant | undefined): grant is KnownGrant<"live"> {
  return grant?.record.state === "live";
}

/** An unsealed blob -> a record, or `undefined` when it is none of this version. */
export function readRecord(data: unknown): GrantRecord | undefined {
  return isRecord(data) ? data : undefined;
}

function isRecord(data: unknown): data is GrantRecord {
  // The seal vouches that we wrote it; the version says that it was this version of us.
  return typeof data === "object" && data !== null && "version" in data && data.version === RECORD_VERSION;
}
