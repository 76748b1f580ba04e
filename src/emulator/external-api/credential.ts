import type { IncomingMessage } from "node:http";
import type { Scope } from "../../scopes.js";
import { findAccessToken } from "../access-token.js";
import { Refusal } from "../answer.js";
import type { Platform } from "../platform.js";
import type { EmulatorUser } from "../seed.js";

/** Who calls the External API, and what they may do. */
export interface Credential {
  readonly type: "api_key" | "oauth";
  readonly user: EmulatorUser;
  readonly scopes: readonly string[];
}

/**
 * The credential of a request, by the rules both versions share.
 *
 * @throws Refusal 401, without `WWW-Authenticate`, as the platform does
 */
export function readCredential(platform: Platform, req: IncomingMessage): Credential {
  // X-API-Key decides alone when it is there, even with a good token beside it.
  const key = req.headers["x-api-key"];
  if (typeof key === "string" && key !== "") {
    const credential = findApiKey(platform, key);
    if (!credential) throw new Refusal(401, "Invalid API key");
    return credential;
  }
  const [scheme = "", ...rest] = (req.headers.authorization ?? "").split(" ");
  const value = rest.join(" ");
  if (scheme.toLowerCase() !== "bearer" || value === "") {
    throw new Refusal(401, "Missing authentication. Provide API key or access token.");
  }
  const byKey = findApiKey(platform, value);
  if (byKey) return byKey;
  const { token, refusal } = findAccessToken(platform, value);
  if (!token) throw new Refusal(401, refusal);
  return { type: "oauth", user: findUser(platform, token.user_id), scopes: token.scopes };
}

/** @throws Refusal 403 that names only what is missing */
export function requireScopes(credential: Credential, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !credential.scopes.includes(scope));
  if (missing.length > 0) throw new Refusal(403, `Missing required permission(s): ${missing.join(", ")}`);
}

function findApiKey(platform: Platform, key: string): Credential | undefined {
  const found = platform.apiKeys.get(key);
  return found && { type: "api_key", user: findUser(platform, found.user_id), scopes: found.scopes };
}

function findUser(platform: Platform, id: string): EmulatorUser {
  const user = platform.users.get(id);
  if (!user) throw new Error("The user of this credential does not exist");
  return user;
}
