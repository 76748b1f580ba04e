import { type Html, hint, html } from "../html.js";
import type { Platform } from "../platform.js";

/**
 * What the developer needs when the redirect URI is refused: what the app sent, what is registered, how to add it;
 * nothing when the redirect URI is not what is wrong.
 *
 * The address comes out of a link, so it is shown and never put into a command that people may copy.
 */
export function hintRedirectUri(platform: Platform, query: URLSearchParams): Html {
  const application = platform.applications.get(query.get("client_id") ?? "");
  const asked = query.get("redirect_uri");
  if (!asked || !application?.is_active || application.redirect_uris.includes(asked)) return html``;
  const registered = application.redirect_uris.map((uri) => html`<dd><code>${uri}</code></dd>\n`);
  return hint(html`<dl>
<dt>The app asked to be sent back to</dt>
<dd><code>${asked}</code></dd>
<dt>Registered, compared character by character</dt>
${registered}</dl>
<p>If the app is right, register it: start the emulator with <code>--redirect-uri URL</code> (may be repeated), or in tests
<code>startEmulator({ applications: [{ redirect_uris: [...] }] })</code>.
Else correct <code>redirectUri</code> (<code>AUTOGPT_REDIRECT_URI</code>) of the app.</p>
`);
}
