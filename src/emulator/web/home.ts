import type { Answer } from "../answer.js";
import { TEAM_ID } from "../external-api/identity.js";
import { type Html, html, page } from "../html.js";
import type { Platform } from "../platform.js";

export interface Origins {
  readonly web: string;
  readonly backend: string;
}

const CONTROLS: readonly (readonly [string, string, string])[] = [
  ["POST", "/_emulator/reset", "Back to the start: clock, faults, log, tokens, applications"],
  ["POST", "/_emulator/sessions", '{"user_id"}: a web session, for tests without a browser'],
  ["POST", "/_emulator/clock", '{"advance_seconds"}'],
  ["POST", "/_emulator/expire", '{"value"}: this code or token expired a second ago'],
  ["PATCH", "/_emulator/applications/{client_id}", '{"is_active", "redirect_uris", "scopes"}'],
  [
    "POST",
    "/_emulator/faults",
    '{"method", "path", "times", "status", "body", "headers", "delay_ms", "drop"}',
  ],
  ["POST", "/_emulator/runs/{run_id}", '{"status"}: this run goes there and stays there'],
  [
    "POST",
    "/_emulator/settings",
    '{"refresh_winners", "whole_seconds", "download_redirects", "run_start_ms"}',
  ],
  ["GET", "/_emulator/requests", "What was asked so far, without secrets; DELETE empties it"],
];

/** `GET /`: what this is and what there is. */
export function showHome(platform: Platform, origins: Origins): Answer {
  const applications = [...platform.applications.values()].map(
    (app) => html`<h2>${app.name}${app.is_active ? "" : " (switched off)"}</h2>
<table>
<tr><td>Client ID</td><td><code>${app.client_id}</code></td></tr>
<tr><td>Client secret</td><td><code>${app.client_secret}</code></td></tr>
<tr><td>Redirect URIs</td><td>${app.redirect_uris.map((uri) => html`<code>${uri}</code><br>`)}</td></tr>
<tr><td>Scopes</td><td><small>${app.scopes.join(", ")}</small></td></tr>
</table>
`,
  );
  const users = [...platform.users.values()].map(
    ({ id, email, name }) =>
      html`<tr><td>${name ?? ""}</td><td>${email}</td><td><code>${id}</code></td></tr>\n`,
  );
  const keys = [...platform.apiKeys.values()].map(
    ({ key, user_id }) =>
      html`<tr><td><code>${key}</code></td><td>${platform.users.get(user_id)?.email ?? ""}</td></tr>\n`,
  );
  const body = html`<h1>The AutoGPT Platform, emulated</h1>
<p>Sign-in, tokens and the External API as the platform has them, for apps built with express-autogpt.
Everything is kept in memory and forgotten when it stops.</p>
<table>
<tr><td>Web app (browser)</td><td><code>${origins.web}</code></td></tr>
<tr><td>Backend (server to server)</td><td><code>${origins.backend}</code></td></tr>
<tr><td>External API</td><td><a href="${origins.backend}/external-api/docs">All 84 operations</a></td></tr>
<tr><td>Team of every user</td><td><code>${TEAM_ID}</code></td></tr>
</table>
${applications}
<h2>Users (<a href="/login">log in</a>)</h2>
<table>${users}</table>
<h2>API keys</h2>
<table>${keys}</table>
<h2>Controls, JSON in and out</h2>
<table>${CONTROLS.map(toRow)}</table>
<p class="dim"><br>In tests the same is <code>startEmulator()</code> of <code>express-autogpt/emulator</code>.
<a href="/_emulator/requests">Requests so far</a></p>`;
  return { status: 200, html: page("Start", body, "wide") };
}

function toRow([method, path, what]: readonly [string, string, string]): Html {
  return html`<tr><td><code>${method}</code></td><td><code>${path}</code><br><small>${what}</small></td></tr>\n`;
}
