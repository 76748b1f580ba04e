import type { Events } from "../events.js";
import type { Grants } from "./grants.js";
import { isLive } from "./record.js";
import { type Revocations, tokensOf } from "./revocations.js";
import type { GrantKey } from "./store.js";

/** What ending a grant needs. */
export interface SignOutParts {
  readonly grants: Grants;
  readonly events: Events;
  readonly revocations: Revocations;
}

/** Whether the platform is told, or the grant is kept for background work. */
export interface SignOutOptions {
  readonly revoke: boolean;
}

/** How long a replaced grant's access token is left alive, so that calls under way finish; milliseconds. */
const REPLACED_LASTS = 60_000;

/**
 * Ends a grant because another one of the same user took its place: it points there, its refresh token is revoked
 * at once and its access token after a minute.
 */
export async function replaceGrant(key: GrantKey, by: GrantKey, parts: SignOutParts): Promise<void> {
  const { grants, revocations } = parts;
  const { written, grant } = await grants.update(key, (now) =>
    isLive(now) ? { ...now.record, state: "ended", successor: by.id } : undefined,
  );
  if (!written || !grant) return;
  const { accessToken, refreshToken, user } = grant.record;
  const about = { userId: user.id, grantId: key.id };
  void revocations.revoke([refreshToken], about);
  void revocations.revoke([accessToken], about, REPLACED_LASTS);
}

/**
 * Ends a grant for every session that names it, at once here and within a minute elsewhere. The mark comes
 * first, so that a refresh which ends later finds it and gives its tokens back.
 *
 * Resolves when the mark is stored, to the revocation that is under way.
 */
export async function signOut(
  key: GrantKey,
  { grants, events, revocations }: SignOutParts,
  { revoke }: SignOutOptions,
): Promise<{ revocation: Promise<void> }> {
  const { written, grant } = await grants.update(key, (now) => {
    // A dead one too: a pair that arrives late would bring it back.
    if (!now || now.record.state === "ended" || (!revoke && now.record.signedOut)) return undefined;
    return revoke ? { ...now.record, state: "ended" } : { ...now.record, signedOut: true };
  });
  if (!written || !grant) return { revocation: Promise.resolve() };
  const about = { userId: grant.record.user.id, grantId: key.id };
  events.tell("signOut", { ...about, revoked: revoke });
  return { revocation: revoke ? revocations.revoke(tokensOf(grant.record), about) : Promise.resolve() };
}
