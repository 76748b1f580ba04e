import { randomUUID } from "node:crypto";
import type { Request } from "express";
import type { Answer } from "../answer.js";
import { readText } from "../body.js";
import { type Workspace, workspaceOf } from "../external-api/workspace.js";
import { card, type Html, html, page } from "../html.js";
import type { Platform } from "../platform.js";
import { findUser, queryOf, redirect, redirectToLogin } from "./pages.js";
import { hintRedirectUri } from "./redirect-uri-hint.js";

/** `GET /auth/integrations/setup-wizard`: section 14 of the contract. It issues no code and no token. */
export function showWizard(platform: Platform, req: Request): Answer {
  if (!findUser(platform, req)) return redirectToLogin(req);
  const query = queryOf(req);
  const missing = ["providers", "redirect_uri"].filter((name) => !query.get(name));
  if (missing.length > 0) {
    return {
      status: 200,
      html: card("Invalid request", `Missing required parameters: ${missing.join(", ")}`),
    };
  }
  const providers = readProviders(query.get("providers") ?? "");
  const cancel = html`<button name="decision" value="cancel" formnovalidate>Cancel</button>`;
  if (providers.length === 0) {
    const form = html`<form method="post" action="${req.originalUrl}">${cancel}</form>`;
    return { status: 200, html: card("No providers", "The request names no providers.", form) };
  }
  const application = platform.applications.get(query.get("client_id") ?? "");
  const body = html`<h1>${application?.is_active ? application.name : "An application"} asks you to connect accounts</h1>
<form method="post" action="${req.originalUrl}">
<ul class="plain">${providers.map(toChoice)}</ul>
<div class="actions"><button class="main" name="decision" value="continue">Continue</button>
${cancel}</div>
</form>`;
  return { status: 200, html: page("Connect accounts", body) };
}

/** Required, so that Continue works only once every provider has a credential. */
function toChoice(provider: string): Html {
  return html`<li><label><input type="checkbox" name="provider" value="${provider}" required> Use the emulated ${provider} account</label></li>\n`;
}

export async function decideWizard(platform: Platform, req: Request): Promise<Answer> {
  const user = findUser(platform, req);
  if (!user) return redirectToLogin(req);
  const form = new URLSearchParams(await readText(req));
  const query = queryOf(req);
  const uri = query.get("redirect_uri") ?? "";
  const refusal = refuseRedirect(platform, query.get("client_id") ?? "", uri);
  if (refusal) {
    return {
      status: 200,
      html: card("Invalid redirect URI", refusal, hintRedirectUri(platform, query)),
    };
  }
  const state = query.get("state");
  const result: [string, string][] = state ? [["state", state]] : [];
  if (form.get("decision") === "continue") {
    const chosen = form.getAll("provider");
    const isComplete = readProviders(query.get("providers") ?? "").every((provider) =>
      chosen.includes(provider),
    );
    if (!isComplete)
      return { status: 200, html: card("Not finished", "Choose a credential for every provider.") };
    for (const provider of new Set(chosen)) connect(workspaceOf(platform, user.id), provider);
    return redirect(303, merge(uri, [["success", "true"], ...result]));
  }
  const description = "User cancelled the integration setup";
  return redirect(
    303,
    merge(uri, [["error", "user_cancelled"], ["error_description", description], ...result]),
  );
}

/** The emulated account, unless one is there already: apps read it with READ_INTEGRATIONS. */
function connect({ credentials }: Workspace, provider: string): void {
  if ([...credentials.values()].some((known) => known.provider === provider)) return;
  const id = randomUUID();
  const title = `Emulated ${provider} account`;
  const rest = { username: null, scopes: [], expires_at: null, is_managed: false };
  credentials.set(id, { id, type: "oauth2", provider, title, ...rest });
}

/** Here the result goes into an existing query, unlike a success of the consent page. */
function merge(uri: string, result: readonly [string, string][]): string {
  const url = new URL(uri);
  for (const [name, value] of result) url.searchParams.set(name, value);
  return url.href;
}

/** An unknown or disabled application has no known list: the scheme check remains. */
function refuseRedirect(platform: Platform, clientId: string, uri: string): string | undefined {
  if (!URL.canParse(uri) || !/^https?:$/.test(new URL(uri).protocol))
    return "The redirect_uri must be http or https.";
  const application = platform.applications.get(clientId);
  if (!application?.is_active || application.redirect_uris.includes(uri)) return undefined;
  return "The redirect_uri is not registered for this application.";
}

/** Standard base64 (`atob`) of a JSON array; items without a provider are dropped without a word. */
function readProviders(base64: string): string[] {
  let items: unknown;
  try {
    items = JSON.parse(atob(base64));
  } catch {
    return [];
  }
  if (!Array.isArray(items)) return [];
  const names = items.flatMap((item: unknown) =>
    typeof item === "object" && item !== null && "provider" in item && typeof item.provider === "string"
      ? [item.provider]
      : [],
  );
  return [...new Set(names)];
}
