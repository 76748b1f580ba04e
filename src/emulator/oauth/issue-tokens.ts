import { toWire } from "../datetime.js";
import type { Platform, Token } from "../platform.js";
import { newAccessToken, newRefreshToken } from "../secrets.js";

const ACCESS_TOKEN_SECONDS = 60 * 60;
const REFRESH_TOKEN_SECONDS = 30 * 24 * 60 * 60;

export interface TokenAnswer {
  readonly token_type: "Bearer";
  readonly access_token: string;
  readonly access_token_expires_at: string;
  readonly refresh_token: string;
  readonly refresh_token_expires_at: string;
  readonly scopes: readonly string[];
}

/** A new pair of tokens; the members stand in the order of the platform's answer. */
export function issueTokens(
  platform: Platform,
  { client_id, user_id, scopes }: Pick<Token, "client_id" | "user_id" | "scopes">,
): TokenAnswer {
  const access_token = newAccessToken();
  const refresh_token = newRefreshToken();
  const access: Token = { client_id, user_id, scopes, expires_at: instantIn(platform, ACCESS_TOKEN_SECONDS) };
  const refresh: Token = {
    client_id,
    user_id,
    scopes,
    expires_at: instantIn(platform, REFRESH_TOKEN_SECONDS),
  };
  platform.accessTokens.set(access_token, access);
  platform.refreshTokens.set(refresh_token, refresh);
  return {
    token_type: "Bearer",
    access_token,
    access_token_expires_at: toWire(access.expires_at),
    refresh_token,
    refresh_token_expires_at: toWire(refresh.expires_at),
    scopes,
  };
}

function instantIn({ clock, settings }: Platform, seconds: number): number {
  const instant = clock.now() + seconds * 1000;
  return settings.whole_seconds ? instant - (instant % 1000) : instant;
}
