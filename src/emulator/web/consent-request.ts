import { isScope } from "../../scopes.js";
import type { Platform } from "../platform.js";
import type { Application } from "../seed.js";

const REQUIRED = ["client_id", "redirect_uri", "scope", "state", "code_challenge"] as const;

/** What the consent page makes of an authorization request, in the order of section 3.2 of the contract. */
export type Consent =
  | { readonly kind: "refused"; readonly title: string; readonly text: string }
  | { readonly kind: "returned"; readonly title: string; readonly text: string }
  | { readonly kind: "asked"; readonly application: Application; readonly scopes: readonly string[] };

export function readConsent(platform: Platform, query: URLSearchParams): Consent {
  const missing = REQUIRED.filter((name) => !query.get(name));
  if (missing.length > 0) {
    const text = `Missing required parameters: ${missing.join(", ")}`;
    return { kind: "refused", title: "Invalid authorization request", text };
  }
  const application = platform.applications.get(query.get("client_id") ?? "");
  if (!application?.is_active) {
    const text = "Application not found. Its client_id is unknown, or it was switched off.";
    return { kind: "refused", title: "Application not found", text };
  }
  if (!application.redirect_uris.includes(query.get("redirect_uri") ?? "")) {
    const text = "The redirect_uri is not registered for this application.";
    return { kind: "refused", title: "Invalid redirect URI", text };
  }
  const scopes = splitScopes(query);
  const refused = scopes.filter((scope) => !application.scopes.some((allowed) => allowed === scope));
  if (refused.length > 0) {
    const text = `The application may not ask for these scopes: ${refused.map(describeRefused).join(", ")}`;
    return { kind: "returned", title: "Invalid scopes", text };
  }
  return { kind: "asked", application, scopes };
}

function describeRefused(scope: string): string {
  return isScope(scope) ? scope : `${scope} (unknown)`;
}

export function splitScopes(query: URLSearchParams): string[] {
  return (query.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
}

/** The denial is built by the page, not by the backend: it keeps an existing query (section 4). */
export function denialUrl(query: URLSearchParams): string {
  const url = new URL(query.get("redirect_uri") ?? "");
  url.searchParams.set("error", "access_denied");
  url.searchParams.set("error_description", "User denied access");
  url.searchParams.set("state", query.get("state") ?? "");
  return url.href;
}
