import type { Platform, Token } from "./platform.js";

export type AccessTokenRefusal =
  | "Client application is disabled"
  | "Invalid token: access token not found"
  | "Invalid token: access token has been revoked"
  | "Invalid token: access token expired";

type Found =
  | { readonly token: Token; readonly refusal?: never }
  | { readonly refusal: AccessTokenRefusal; readonly token?: never };

/** Looks an access token up, with the platform's texts and in its order. */
export function findAccessToken(platform: Platform, value: string): Found {
  const token = platform.accessTokens.get(value);
  if (!token) return { refusal: "Invalid token: access token not found" };
  if (!platform.applications.get(token.client_id)?.is_active) {
    return { refusal: "Client application is disabled" };
  }
  if (token.revoked_at !== undefined) return { refusal: "Invalid token: access token has been revoked" };
  if (token.expires_at < platform.clock.now()) return { refusal: "Invalid token: access token expired" };
  return { token };
}
