import { type Html, html } from "./html.js";

export interface PageOptions {
  title: string;
  /** Whether somebody is signed in; left out where it is not known, as on error pages. */
  signedIn?: boolean | undefined;
  /** Seconds after which the page loads itself again. */
  refresh?: number | undefined;
  body: Html;
}

/** A link that starts sign-in and comes back to `path`; the library refuses paths that lead elsewhere. */
export function signInPath(path = "/"): string {
  return `/auth/login?returnTo=${encodeURIComponent(path)}`;
}

/** A whole page. */
export function page({ title, signedIn, refresh, body }: PageOptions): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${refresh}">`}
<title>${title} - Example app</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><div>
<a class="brand" href="/"><img src="/icon.svg" alt="">Example app</a>
<nav aria-label="Pages"><a href="/blocks">Blocks</a><a href="/agents">Agents</a></nav>
${signedIn ? signOutButton() : undefined}
</div></header>
<main>
${body}
</main>
<footer><p>An example for express-autogpt. It is not part of the AutoGPT Platform.</p></footer>
</body>
</html>
`;
  return markup;
}

/** Sign-out changes something, so it is a form with POST: a link could be put on any other page. */
function signOutButton(): Html {
  return html`<form method="post" action="/auth/logout"><button class="button quiet">Sign out</button></form>`;
}
