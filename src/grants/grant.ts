import type { ApiClient } from "../api/client-types.js";
import { GrantLostError, InsufficientScopeError } from "../errors.js";
import { explainNoScope, isScope, missingScopes, type Scope } from "../scopes.js";
import type { User } from "../user.js";
import type { Grants } from "./grants.js";
import type { KnownGrant } from "./record.js";
import type { GrantKey } from "./store.js";

/** What one user granted in one sign-in, to act for that user without a browser. */
export interface Grant<Granted extends Scope = Scope> {
  /** Whose grant it is. */
  readonly user: User;
  /** The granted scopes, in the order asked for. */
  readonly scopes: readonly string[];
  /** The platform's External API as that user, with the operations that the demanded scopes allow; refreshes by itself. */
  readonly api: ApiClient<Granted>;
  /** Ends the grant: its sessions are signed out, and the platform is told. */
  revoke(): Promise<void>;
}

/** What finding a grant needs. */
export interface GrantForParts {
  readonly grants: Grants;
  createApi(grant: KnownGrant<"live">): ApiClient;
  revoke(grant: KnownGrant<"live">): Promise<void>;
}

/**
 * The user's newest grant that has all the scopes.
 *
 * @throws {GrantLostError} when the user has no live grant: they must sign in again.
 * @throws {InsufficientScopeError} when there is one, without these scopes.
 */
export async function grantFor<Wanted extends Scope>(
  userId: string,
  wanted: readonly Wanted[],
  parts: GrantForParts,
): Promise<Grant<Wanted>> {
  checkUserId("grantFor", userId);
  for (const scope of wanted) {
    if (!isScope(scope)) throw new TypeError(explainNoScope(scope));
  }
  const live = await parts.grants.listLive(userId);
  const [newest] = live;
  if (!newest) throw new GrantLostError(userId);
  const grant = live.find(({ record }) => missingScopes(record.scopes, wanted).length === 0);
  if (!grant) {
    const missing = live.map(({ record }) => missingScopes(record.scopes, wanted));
    throw new InsufficientScopeError(
      missing.reduce((least, next) => (next.length < least.length ? next : least)),
      "This needs",
      { userId },
    );
  }
  const { user, scopes } = grant.record;
  return { user, scopes, api: parts.createApi(grant), revoke: () => parts.revoke(grant) };
}

/** @throws {TypeError} for what cannot be a user's ID. */
export function checkUserId(name: string, userId: unknown): void {
  if (typeof userId === "string" && userId !== "") return;
  throw new TypeError(`${name}() needs the user's ID: user.id.`);
}

/** One sign-in of a user, for a page that lists them. Instants are on the platform's clock. */
export interface SignIn {
  /** Names the grant; `req.autogpt.grantId` of the requests that it signs in. */
  readonly id: string;
  /** When the user signed in. */
  readonly since: Date;
  /** When its tokens were last refreshed: about when it was last used. */
  readonly lastRefreshed: Date;
  /** The granted scopes, in the order asked for. */
  readonly scopes: readonly string[];
  /** Signs that browser out, at once in this process and within 60 seconds in others. */
  signOut(): Promise<void>;
}

/** What listing sign-ins needs. */
export interface SignInsParts {
  readonly grants: Grants;
  signOut(key: GrantKey): Promise<unknown>;
}

/** A user's sign-ins that are in force, newest first; grants kept for background work only are none. */
export async function signInsOf(userId: string, { grants, signOut }: SignInsParts): Promise<SignIn[]> {
  checkUserId("signInsOf", userId);
  const live = await grants.listLive(userId);
  return live
    .filter(({ record }) => !record.signedOut)
    .map(({ key, record: { since, refreshedAt, scopes } }) => ({
      id: key.id,
      since: new Date(since),
      lastRefreshed: new Date(refreshedAt),
      scopes,
      async signOut() {
        await signOut(key);
      },
    }));
}
