import { setTimeout as wait } from "node:timers/promises";
import type { Platform } from "../platform.js";
import { invalidGrant } from "./exchange-code.js";
import { issueTokens, type TokenAnswer } from "./issue-tokens.js";

/** Long enough for requests sent together to arrive between the check and the write. */
const RACE_MILLISECONDS = 250;

/** Rotates: the presented refresh token is spent at once, earlier access tokens live on. */
export async function refresh(
  platform: Platform,
  given: { client_id: string; refresh_token: string },
): Promise<TokenAnswer> {
  const token = platform.refreshTokens.get(given.refresh_token);
  if (!token) throw invalidGrant("refresh token not found");
  if (token.revoked_at !== undefined) throw invalidGrant("refresh token has been revoked");
  if (token.client_id !== given.client_id) {
    throw invalidGrant("refresh token does not belong to this application");
  }
  if (token.expires_at < platform.clock.now()) throw invalidGrant("refresh token expired");
  // The older server checks and then writes without a lock. Without a wait in between there is no other
  // request that could come in, so there is one winner.
  if (platform.settings.refresh_winners === "all") await wait(RACE_MILLISECONDS);
  token.revoked_at = platform.clock.now();
  return issueTokens(platform, token);
}
