import { type Platform, resolvePlatform } from "../platform.js";
import type { Credential } from "./authorized-fetch.js";
import type { ApiClient } from "./client-types.js";
import { makeClient } from "./make-client.js";

/** Who calls the External API, and where it is. */
export interface ApiClientOptions {
  /** An API key of one account (`agpt_...`); default: `AUTOGPT_API_KEY`, when no access token is given. */
  apiKey?: string | undefined;
  /**
   * A user's access token (`agpt_xt_...`), or a function that is asked for it before every call - and once more
   * with the refused one after a 401: the call is repeated when it then gives another.
   */
  accessToken?: string | ((refused?: string) => string | Promise<string>) | undefined;
  /** Where the platform is; default: `AUTOGPT_WEB_URL` and `AUTOGPT_BACKEND_URL`, or else the cloud. */
  platform?: Platform | undefined;
  /** A team of the credential's organization, sent as `X-Team-Id` with each call that names no other. */
  teamId?: string | undefined;
}

/**
 * Makes a client for the External API that acts with one API key or one user's access token.
 *
 * Calls resolve to openapi-fetch's `{ data, error, response }`. They reject with a `PlatformError` when the platform
 * cannot be reached or does not answer JSON, and with a `TypeError` when nothing was sent because the call is
 * wrong. What is safe to repeat is repeated, for at most 30 seconds. A redirect is followed for GET only, and
 * without the credential.
 *
 * @throws {TypeError} when there is no credential, when there are two, or when one cannot stand in a header.
 *
 * @example
 * ```ts
 * import { createApiClient } from "express-autogpt";
 *
 * const api = createApiClient({ apiKey: process.env.AUTOGPT_API_KEY });
 * const { data, error } = await api.GET("/v2/blocks", { params: { query: { limit: 10 } } });
 * if (error) throw new Error(error.error.message);
 * for (const block of data.items) console.log(block.name);
 * ```
 */
export function createApiClient(options: ApiClientOptions = {}): ApiClient {
  const credential = credentialOf(options);
  const baseUrl = `${resolvePlatform(options.platform).backendUrl}/external-api`;
  const teamId = options.teamId === undefined ? undefined : checked("teamId", options.teamId);
  return makeClient({ baseUrl, credential, teamId });
}
function credentialOf(options: ApiClientOptions): Credential {
  const { accessToken } = options;
  if ("accessToken" in options && accessToken === undefined && options.apiKey === undefined) {
    throw new TypeError(
      "createApiClient: accessToken is undefined; AUTOGPT_API_KEY would act for another account",
    );
  }
  if (accessToken !== undefined && options.apiKey !== undefined) {
    throw new TypeError("createApiClient: pass either apiKey or accessToken, not both");
  }
  if (typeof accessToken === "function") {
    return async (refused) => {
      const token = await accessToken(refused?.replace(/^Bearer /, ""));
      return ["Authorization", `Bearer ${checked("accessToken()", token)}`];
    };
  }
  if (accessToken !== undefined) {
    const header = ["Authorization", `Bearer ${checked("accessToken", accessToken)}`] as const;
    return async () => header;
  }
  const apiKey = options.apiKey ?? process.env.AUTOGPT_API_KEY;
  if (apiKey === undefined) {
    throw new TypeError("createApiClient: pass apiKey or accessToken, or set AUTOGPT_API_KEY");
  }
  const header = [
    "X-API-Key",
    checked(options.apiKey === undefined ? "AUTOGPT_API_KEY" : "apiKey", apiKey),
  ] as const;
  return async () => header;
}

/** The credential itself never stands in the message. */
function checked(name: string, value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(
      `createApiClient: ${name} must be a string, not ${value === null ? "null" : typeof value}`,
    );
  }
  if (value === "")
    throw new TypeError(`createApiClient: ${name} is empty; copy it from the platform's settings`);
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new TypeError(
      `createApiClient: ${name} has a space, control or non-ASCII character; ` +
        'pass it alone, without quotes, line breaks or "Bearer "',
    );
  }
  return value;
}
