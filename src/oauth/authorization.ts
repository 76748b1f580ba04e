import * as oidc from "openid-client";
import type { Config } from "../config.js";
import { CallbackError } from "../errors.js";
import type { PlatformClock } from "../platform-clock.js";
import { createDialectFetch } from "./dialect.js";
import { isInvalidGrant, toOurError } from "./foreign-errors.js";

/** What the token endpoint gave; instants are milliseconds since 1970 on the platform's clock. */
export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: number;
  refreshToken: string;
  refreshTokenExpiresAt: number;
  /** The granted scopes, as the platform names them. */
  scopes: string[];
}

/** The authorization request, and the calls to the token, introspection and revocation endpoints. */
export interface Authorization {
  /** The consent page's address (RFC 6749 section 4.1.1, RFC 7636 section 4.3). */
  buildUrl(request: { state: string; codeVerifier: string; scopes: readonly string[] }): Promise<string>;
  /** @throws {CallbackError | ApplicationError | PlatformError} */
  exchangeCode(callback: URLSearchParams, sent: { state: string; codeVerifier: string }): Promise<Tokens>;
  /**
   * A new pair for a refresh token, which is spent by it; `undefined` when the platform refuses the token.
   *
   * @throws {ApplicationError | PlatformError} which say nothing about the grant.
   */
  refresh(refreshToken: string): Promise<Tokens | undefined>;
  /** The user behind a token of ours, by introspection; for grants without IDENTITY. */
  introspectUser(accessToken: string): Promise<string | undefined>;
  /** Revokes tokens one by one, in this order: the platform revokes only the one it is told. */
  revoke(tokens: readonly string[]): Promise<void>;
}

export function createAuthorization(config: Config, clock: PlatformClock): Authorization {
  const { clientId, clientSecret, redirectUri, webUrl, backendUrl } = config;
  const platform = new oidc.Configuration(
    {
      issuer: webUrl,
      authorization_endpoint: `${webUrl}/auth/authorize`,
      token_endpoint: `${backendUrl}/api/oauth/token`,
      introspection_endpoint: `${backendUrl}/api/oauth/introspect`,
      revocation_endpoint: `${backendUrl}/api/oauth/revoke`,
    },
    clientId,
    { redirect_uris: [redirectUri] },
    oidc.ClientSecretPost(clientSecret),
  );
  platform[oidc.customFetch] = createDialectFetch(redirectUri, clock);
  // Self-hosted instances are http on the machine itself or in its private network.
  if (backendUrl.startsWith("http:")) oidc.allowInsecureRequests(platform);

  return {
    async buildUrl({ state, codeVerifier, scopes }) {
      const url = oidc.buildAuthorizationUrl(platform, {
        redirect_uri: redirectUri,
        scope: scopes.join(" "),
        state,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
      });
      return url.href;
    },
    async exchangeCode(callback, { state, codeVerifier }) {
      const url = new URL(redirectUri);
      url.search = callback.toString();
      try {
        const checks = { expectedState: state, pkceCodeVerifier: codeVerifier };
        return readTokens(await oidc.authorizationCodeGrant(platform, url, checks));
      } catch (error) {
        throw isInvalidGrant(error) ? codeRefused() : toOurError(error);
      }
    },
    async refresh(refreshToken) {
      try {
        return readTokens(await oidc.refreshTokenGrant(platform, refreshToken));
      } catch (error) {
        if (isInvalidGrant(error)) return undefined;
        throw toOurError(error);
      }
    },
    async introspectUser(accessToken) {
      try {
        const answer = await oidc.tokenIntrospection(platform, accessToken);
        // Any application may introspect any token here, so the answer must be about one of ours.
        return answer.active && answer.client_id === clientId ? answer.sub : undefined;
      } catch (error) {
        throw toOurError(error);
      }
    },
    async revoke(tokens) {
      const failures: unknown[] = [];
      for (const token of tokens) {
        await oidc.tokenRevocation(platform, token).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw toOurError(failures[0]);
    },
  };
}

function codeRefused(): CallbackError {
  return new CallbackError(
    "The platform refused the authorization code: it was used before or has expired. Start signing in again.",
    "code_refused",
  );
}

function readTokens(answer: oidc.TokenEndpointResponse): Tokens {
  const { access_token, refresh_token, scope = "", accessTokenExpiresAt, refreshTokenExpiresAt } = answer;
  return {
    accessToken: access_token,
    accessTokenExpiresAt: Number(accessTokenExpiresAt),
    refreshToken: refresh_token ?? "",
    refreshTokenExpiresAt: Number(refreshTokenExpiresAt),
    scopes: scope.split(" ").filter((name) => name !== ""),
  };
}
