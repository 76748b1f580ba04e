import { toCookie } from "./web-session.js";

export interface ConsentWalk {
  readonly webUrl: string;
  readonly authorizationUrl: string;
  readonly session: string;
  readonly decision: "authorize" | "deny";
}

/** Goes through the consent page over HTTP as a person does, and gives the callback URL it leads to. */
export async function walkConsent({
  webUrl,
  authorizationUrl,
  session,
  decision,
}: ConsentWalk): Promise<string> {
  const url = new URL(authorizationUrl, webUrl);
  if (url.origin !== webUrl) {
    throw new TypeError(
      `consent() needs an address of this emulator's consent page (${webUrl}), not of ${url.origin}: give it the Location that your login route answers with, or use emulator.signIn(app).`,
    );
  }
  const headers = { Cookie: toCookie(session) };
  const shown = await fetch(url, { headers, redirect: "manual" });
  const { action, buttons } = readForm(await shown.text());
  // The card for a refused scope has one button, which returns to the app.
  const pressed = buttons.includes(decision) ? decision : buttons[0];
  const answer = await fetch(new URL(action, webUrl), {
    method: "POST",
    headers,
    body: new URLSearchParams({ decision: pressed ?? "" }),
    redirect: "manual",
  });
  const location = answer.headers.get("location");
  if (location === null) throw new Error(readProblem(await answer.text()));
  return location;
}

function readForm(markup: string): { action: string; buttons: string[] } {
  const [, form] = /<form method="post" action="([^"]*)"/.exec(markup) ?? [];
  if (form === undefined) throw new Error(readProblem(markup));
  const buttons = [...markup.matchAll(/<button[^>]* name="decision" value="([^"]*)"/g)];
  return { action: unescapeHtml(form), buttons: buttons.flatMap(([, value]) => value ?? []) };
}

function readProblem(markup: string): string {
  const [, text] = /<p id="problem">([^<]*)<\/p>/.exec(markup) ?? [];
  return `The consent page did not lead back to the app: ${unescapeHtml(text ?? "it shows something else")}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

function unescapeHtml(markup: string): string {
  return markup.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}
