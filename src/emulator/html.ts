import { createHash } from "node:crypto";
import escapeHtml from "escape-html";

/** Markup that is safe to send: made only by `html`, which escapes every value put into it. */
export class Html {
  constructor(readonly markup: string) {}
}

type Content = string | number | Html | readonly Html[];

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(
    strings.reduce((before, after, index) => before + toMarkup(values[index - 1] ?? "") + after),
  );
}

function toMarkup(value: Content): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(toMarkup).join("");
  return escapeHtml(String(value));
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b25; --dim: #5b5b6b; --paper: #f4f4f8; --card: #fff; --line: #d9d9e3; --main: #5b32d6; --on-main: #fff; --bar: #2a2438; }
@media (prefers-color-scheme: dark) { :root { --ink: #ededf4; --dim: #a9a9ba; --paper: #15151c; --card: #20202a; --line: #3a3a48; --main: #a68bff; --on-main: #15151c; --bar: #2f2842; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.bar { background: var(--bar); color: #fff; padding: .5rem 1rem; font-size: .875rem; text-align: center; }
main { max-width: 30rem; margin: 1.5rem auto; padding: 0 1rem; }
main.wide { max-width: 52rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; overflow-wrap: anywhere; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.0625rem; margin: 1.5rem 0 .25rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; text-transform: capitalize; }
h3 small { text-transform: none; font-weight: 400; }
details { border-top: 1px solid var(--line); padding: .375rem 0; }
summary { cursor: pointer; }
p { margin: 0 0 .75rem; }
.dim, small { color: var(--dim); font-size: .875rem; }
a { color: var(--main); }
ul.plain { list-style: none; margin: 0 0 1rem; padding: 0; }
ul.plain li { padding: .5rem 0; border-top: 1px solid var(--line); }
code { font-size: .8125rem; }
.hint { margin-top: 1.25rem; padding: .25rem .875rem .5rem; border: 2px dashed var(--main); border-radius: .5rem; font-size: .9375rem; }
.hint h2 { margin-top: .5rem; }
.hint dd { margin: 0 0 .5rem; }
.who { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: .625rem .75rem; margin-bottom: 1rem; background: var(--paper); border-radius: .5rem; }
.actions { display: flex; gap: .75rem; }
.who a { white-space: nowrap; }
button { flex: 1; width: 100%; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem; border: 1px solid var(--line); background: var(--card); color: var(--ink); cursor: pointer; }
button.main { background: var(--main); border-color: var(--main); color: var(--on-main); }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
button.user { text-align: left; margin-bottom: .625rem; font-weight: 400; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
td:first-child { min-width: 8.5rem; }
td { border-top: 1px solid var(--line); padding: .375rem .5rem .375rem 0; vertical-align: top; }
`;

const styleHash = createHash("sha256").update(STYLE).digest("base64");

/** No scripts at all. No form-action: Chromium applies it to the redirect to the app as well. */
export const PAGE_CSP = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`;

/** A whole page, marked as the emulator's so that nobody takes it for the platform. */
export function page(title: string, body: Html, width: "" | "wide" = ""): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - AutoGPT emulator</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<div class="bar"><strong>AutoGPT emulator</strong> for development and tests. This is not the AutoGPT Platform.</div>
<main class="${width}"><div class="card">
${body}
</div></main>
</body>
</html>
`;
  return markup;
}

/** A page that says what is wrong; walk-consent.ts reads its text by the id. */
export function card(title: string, text: string, more: Html = html``): string {
  return page(title, html`<h1>${title}</h1>\n<p id="problem">${text}</p>\n${more}`);
}

/** What only the emulator says, set apart from what a page of the platform would show. */
export function hint(content: Html): Html {
  return html`<aside class="hint"><h2>Only the emulator tells you this</h2>\n${content}</aside>\n`;
}
