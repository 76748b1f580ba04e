import type { IncomingHttpHeaders } from "node:http";

/** Keeps the sealed transaction small enough that three of them fit below nginx's header limits. */
const LONGEST_RETURN_PATH = 512; // bytes, percent-encoded

/**
 * Where to go after sign-in or sign-out: a path of this app, or `/` when the wish is none, too long, or could
 * lead elsewhere in any browser (CWE-601).
 */
export function safeReturnPath(wish: string | undefined): string {
  return isReturnPath(wish) ? normalise(wish) : "/";
}

/** Back to an address of the app: without its query where that is too long, else to `/`. */
export function nearestReturnPath(address: string): string {
  return [address, address.replace(/[?#].*/s, "")].find(isReturnPath) ?? "/";
}

/** Whether a value is a path of this app in every reading: `//x`, `/\x`, `/%5cx` and `/a/..//x` are none. */
export function isReturnPath(value: unknown): value is string {
  if (typeof value !== "string" || value.length > LONGEST_RETURN_PATH) return false;
  // White space and control characters are dropped by browsers before they parse; backslashes count as slashes.
  if (!value.startsWith("/") || /[\s\\\p{Cc}\p{Cf}]/u.test(value)) return false;
  if (!URL.canParse(value, BASE) || new URL(value, BASE).origin !== BASE) return false;
  const path = normalise(value);
  return path.length <= LONGEST_RETURN_PATH && !startsLikeHost(value) && !startsLikeHost(path);
}

/** Any origin will do: only whether the path leaves it is asked. */
const BASE = "http://localhost";

function normalise(path: string): string {
  const { pathname, search, hash } = new URL(path, BASE);
  return pathname + search + hash;
}

/** `//host` and what a decoding proxy would make it from. */
function startsLikeHost(path: string): boolean {
  return /^\/(?:\/|%2f|%5c)/i.test(path);
}

/** What decides whether a state-changing request that the session signs in may pass. */
export interface Sender {
  secFetchSite: string | undefined;
  origin: string | undefined;
}

/** The sender as the browser describes it; pages cannot set either header. */
export function senderOf(headers: IncomingHttpHeaders): Sender {
  const site = headers["sec-fetch-site"];
  return { secFetchSite: Array.isArray(site) ? site.join() : site, origin: headers.origin };
}

/**
 * Cross-site request forgery: `Sec-Fetch-Site` decides where the browser sends it, else `Origin` must be ours;
 * `null` and none are refused. Under helmet's defaults a form of our own sends `Origin: null`, so the order matters.
 */
export function mayChangeState(
  sender: Sender,
  own: { origin: string; trustedOrigins: readonly string[] },
): boolean {
  const { secFetchSite, origin } = sender;
  if (origin !== undefined && own.trustedOrigins.includes(origin)) return true;
  if (secFetchSite !== undefined) return secFetchSite === "same-origin" || secFetchSite === "none";
  return origin === own.origin;
}
