import { isScope } from "../../scopes.js";
import { Refusal } from "../answer.js";
import type { Platform } from "../platform.js";
import { oneOf, text, texts, type ValueOf, withDefault } from "../schema.js";
import { newCode } from "../secrets.js";

const CODE_SECONDS = 10 * 60;

export const codeRequest = {
  client_id: text,
  redirect_uri: text,
  scopes: texts,
  state: text,
  response_type: withDefault(text, "code"),
  code_challenge: text,
  code_challenge_method: withDefault(oneOf("S256", "plain"), "S256"),
};

export type CodeRequest = ValueOf<typeof codeRequest>;

/**
 * What the *Authorize* button asks the backend for: the URL to go back to, with a code or an error.
 *
 * @throws Refusal 400 for what must not reach the redirect URI
 */
export function issueCode(platform: Platform, user_id: string, request: CodeRequest): string {
  const { client_id, redirect_uri, scopes, state, code_challenge, code_challenge_method } = request;
  const application = platform.applications.get(client_id);
  if (!application) throw new Refusal(400, "Unknown client_id");
  if (!application.is_active) throw new Refusal(400, "Application is not active");
  if (!application.redirect_uris.includes(redirect_uri)) {
    const registered = application.redirect_uris.join(", ");
    throw new Refusal(400, `Invalid redirect_uri. Must be one of: ${registered}`);
  }
  const fail = (error: string, error_description: string) =>
    concatenate(redirect_uri, { error, state, error_description });
  if (request.response_type !== "code") {
    return fail("unsupported_response_type", "Only 'code' response type is supported");
  }
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined)
    return fail("invalid_scope", `Invalid scope: '${unknown}' is not a valid APIKeyPermission`);
  if (scopes.length === 0) return fail("invalid_scope", "At least one scope is required");
  if (!scopes.every((scope) => application.scopes.some((allowed) => allowed === scope))) {
    const allowed = application.scopes.join(", ");
    return fail(
      "invalid_scope",
      `Application is not authorized for all requested scopes. Allowed: ${allowed}`,
    );
  }
  const code = newCode();
  platform.codes.set(code, {
    client_id,
    user_id,
    scopes,
    redirect_uri,
    code_challenge,
    code_challenge_method,
    expires_at: platform.clock.now() + CODE_SECONDS * 1000,
  });
  return concatenate(redirect_uri, { code, state });
}

/** Plain concatenation, also behind an existing query: the platform does so (section 4 of the contract). */
function concatenate(redirectUri: string, parameters: Readonly<Record<string, string>>): string {
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${quotePlus(value)}`);
  return `${redirectUri}?${query.join("&")}`;
}

/** urllib.parse.quote_plus of Python; URLSearchParams differs in `~` and `*`. */
function quotePlus(value: string): string {
  return encodeURIComponent(value)
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
