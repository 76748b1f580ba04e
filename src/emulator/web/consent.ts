import type { Request } from "express";
import { isScope, scopes as scopeTable } from "../../scopes.js";
import { type Answer, Refusal } from "../answer.js";
import { readText } from "../body.js";
import { card, html, page } from "../html.js";
import { codeRequest, issueCode } from "../oauth/issue-code.js";
import type { Platform } from "../platform.js";
import { checkModel, SchemaFault, unwrap } from "../schema.js";
import type { EmulatorUser } from "../seed.js";
import { type Consent, denialUrl, readConsent, splitScopes } from "./consent-request.js";
import { findUser, queryOf, redirect, redirectToLogin } from "./pages.js";
import { hintRedirectUri } from "./redirect-uri-hint.js";

/** `GET /auth/authorize`: asks every time, consent is not remembered. */
export function showConsent(platform: Platform, req: Request): Answer {
  const user = findUser(platform, req);
  if (!user) return redirectToLogin(req);
  const query = queryOf(req);
  const consent = readConsent(platform, query);
  // A page of the platform answers 200 whatever it shows.
  if (consent.kind === "asked") return { status: 200, html: askPage(req, user, consent) };
  const back = html`<form method="post" action="${req.originalUrl}"><button name="decision" value="deny">Return to the application</button></form>`;
  const more = consent.kind === "returned" ? back : hintRedirectUri(platform, query);
  return { status: 200, html: card(consent.title, consent.text, more) };
}

function askPage(
  req: Request,
  user: EmulatorUser,
  { application, scopes }: Consent & { kind: "asked" },
): string {
  const asked = scopes
    .filter(isScope)
    .map((scope) => html`<li>${scopeTable[scope].description}<br><small>${scope}</small></li>\n`);
  const body = html`<h1>${application.name} wants to access your AutoGPT account</h1>
<div class="who"><span>You are <strong>${user.name ?? user.email}</strong><br><small>${user.email}</small></span>
<a href="/login?next=${encodeURIComponent(req.originalUrl)}">Switch user</a></div>
<p class="dim">${application.description ?? ""}</p>
<p>This app may:</p>
<ul class="plain">
${asked}</ul>
<form method="post" action="${req.originalUrl}" class="actions">
<button class="main" name="decision" value="authorize">Authorize</button>
<button name="decision" value="deny">Deny</button>
</form>
<p class="dim"><br>You go back to ${queryOf(req).get("redirect_uri") ?? ""}</p>`;
  return page(`Authorize ${application.name}`, body);
}

export async function decideConsent(platform: Platform, req: Request): Promise<Answer> {
  const decision = new URLSearchParams(await readText(req)).get("decision");
  const query = queryOf(req);
  if (decision === "deny" && isRegistered(platform, query)) return redirect(303, denialUrl(query));
  if (decision !== "authorize") return problem("Press Authorize or Deny.");
  const user = findUser(platform, req);
  if (!user) return problem("Your session has ended. Log in and start again at the application.");
  try {
    return redirect(303, authorize(platform, user, query));
  } catch (error) {
    // Whatever the backend refuses is shown here and never reaches the app (section 3.4).
    if (error instanceof Refusal) return problem(error.detail);
    if (error instanceof SchemaFault) return problem(error.items.map(({ msg }) => msg).join("; "));
    throw error;
  }
}

/** What the page sends to the backend; the backend checks everything again. */
function authorize(platform: Platform, user: EmulatorUser, query: URLSearchParams): string {
  const given = {
    client_id: query.get("client_id"),
    redirect_uri: query.get("redirect_uri"),
    scopes: splitScopes(query),
    state: query.get("state"),
    response_type: query.get("response_type") || "code",
    code_challenge: query.get("code_challenge"),
    code_challenge_method: query.get("code_challenge_method") || "S256",
  };
  return issueCode(platform, user.id, unwrap(checkModel(codeRequest, given, ["body"])));
}

function isRegistered(platform: Platform, query: URLSearchParams): boolean {
  const application = platform.applications.get(query.get("client_id") ?? "");
  return application?.redirect_uris.includes(query.get("redirect_uri") ?? "") ?? false;
}

function problem(text: string): Answer {
  return { status: 200, html: card("Authorization failed", text) };
}
