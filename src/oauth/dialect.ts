import type { CustomFetch } from "openid-client";
import type { PlatformClock } from "../platform-clock.js";

/**
 * How long a refresh may take: a lost answer ends the grant, because the refresh token is spent (oauth.md
 * section 5.8), so openid-client's own limit of 30 seconds must not cut it short.
 */
const REFRESH_TIMEOUT = 120_000;

/** What the platform documents for tokens whose lifetime an answer does not tell: one hour and 30 days. */
const ACCESS_TOKEN_SECONDS = 3600;
const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

/** Members of a token answer after translation, beyond those of RFC 6749. */
export interface Lifetimes {
  /** Milliseconds since 1970 on the platform's clock. */
  accessTokenExpiresAt: number;
  /** Milliseconds since 1970 on the platform's clock. */
  refreshTokenExpiresAt: number;
}

/**
 * The platform's JSON on the wire <-> RFC 6749, 7009 and 7662, for openid-client.
 *
 * Requests become JSON with the redirect URI exactly as registered; answers get `scope`, `sub`, `error`
 * and both lifetimes. Bodies of errors are dropped, because a 422 echoes the client secret. An answer that already
 * follows the RFCs passes unchanged. Source: oauth.md sections 5 to 7, 9 and 16.
 */
export function createDialectFetch(redirectUri: string, clock: PlatformClock): CustomFetch {
  return async function dialectFetch(url, options) {
    const form = new URLSearchParams(String(options.body ?? ""));
    if (form.has("redirect_uri")) form.set("redirect_uri", redirectUri);
    const refreshing = form.get("grant_type") === "refresh_token";
    const response = await fetch(url, {
      method: options.method,
      headers: { ...options.headers, accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(Object.fromEntries(form)),
      redirect: "manual", // a redirect would carry the client secret elsewhere
      signal: refreshing ? AbortSignal.timeout(REFRESH_TIMEOUT) : (options.signal ?? null),
    });
    clock.learn(response.headers);
    if (response.ok) return translateAnswer(response, clock);
    return response.status >= 400 ? translateError(response) : response;
  };
}

async function translateAnswer(response: Response, clock: PlatformClock): Promise<Response> {
  const body = await readObject(response);
  if (!body) return response; // openid-client says what is wrong with it
  const answer: Record<string, unknown> = { ...body };
  for (const [name, value] of Object.entries(body)) if (value === null) delete answer[name];
  if (Array.isArray(body.scopes)) answer.scope ??= body.scopes.join(" ");
  if (typeof body.user_id === "string") answer.sub ??= body.user_id;
  if (typeof body.access_token === "string") Object.assign(answer, lifetimes(body, clock));
  return Response.json(answer, { status: response.status });
}

function lifetimes(body: Record<string, unknown>, clock: PlatformClock): Lifetimes {
  const instant = (at: unknown, seconds: unknown, usual: number) => {
    const parsed = typeof at === "string" ? Date.parse(at) : Number.NaN;
    if (!Number.isNaN(parsed)) return parsed;
    return clock.now() + (Number.isFinite(Number(seconds ?? Number.NaN)) ? Number(seconds) : usual) * 1000;
  };
  return {
    accessTokenExpiresAt: instant(body.access_token_expires_at, body.expires_in, ACCESS_TOKEN_SECONDS),
    refreshTokenExpiresAt: instant(
      body.refresh_token_expires_at,
      body.refresh_token_expires_in,
      REFRESH_TOKEN_SECONDS,
    ),
  };
}

async function translateError(response: Response): Promise<Response> {
  const body = await readObject(response);
  if (typeof body?.error === "string") {
    return Response.json({ error: body.error }, { status: response.status, headers: passingOn(response) });
  }
  const error = errorCode(response.status, body?.detail);
  return Response.json({ error }, { status: response.status, headers: passingOn(response) });
}

/** The platform has no error codes on the wire: only these two can be told for certain (oauth.md section 5.5). */
function errorCode(status: number, detail: unknown): string {
  if (status === 401) return "invalid_client";
  if (status === 400 && typeof detail === "string" && detail.startsWith("Invalid grant:"))
    return "invalid_grant";
  return status === 429 || status >= 500 ? "temporarily_unavailable" : "invalid_request";
}

function passingOn(response: Response): Record<string, string> {
  const retryAfter = response.headers.get("retry-after");
  return retryAfter === null ? {} : { "retry-after": retryAfter };
}

/** The answer's body when it is a JSON object; the response itself stays readable for openid-client. */
async function readObject(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const body: unknown = await response.clone().json();
    return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : undefined;
  } catch {
    return undefined;
  }
}
