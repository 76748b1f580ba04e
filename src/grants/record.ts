import type { User } from "../user.js";

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
  readonly since: number;
  readonly refreshedAt: number;
  readonly state: "live" | "ended";
}

/** An unsealed blob -> a record, or `undefined` when it is none of this version. */
export function readRecord(data: unknown): GrantRecord | undefined {
  return isRecord(data) ? data : undefined;
}

function isRecord(data: unknown): data is GrantRecord {
  // The seal vouches that we wrote it; the version says that it was this version of us.
  return typeof data === "object" && data !== null && "version" in data && data.version === RECORD_VERSION;
}
