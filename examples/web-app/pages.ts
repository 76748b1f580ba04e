import { type Scope, scopes, type User } from "express-autogpt";
import type { Block, BlockList } from "./blocks.js";
import { type Html, html } from "./html.js";
import { page, signInPath } from "./layout.js";

/** The start page for somebody who is not signed in: what is asked for stands here before it is asked. */
export function visitorPage(asked: readonly Scope[], emulatorUrl: string | undefined): string {
  const body = html`<section class="card">
<h1>Try “Sign in with AutoGPT”</h1>
<p>This small app signs you in with your AutoGPT account, shows what it then knows about you, and reads the
building blocks of the AutoGPT Platform in your name.</p>
<p><a class="button" href="${signInPath()}">Sign in with AutoGPT</a></p>
</section>
${emulatorUrl === undefined ? undefined : emulatorNote(emulatorUrl)}
<section class="card">
<h2>What it will ask you for</h2>
${scopeList(asked)}
<p class="dim">You decide on a page of AutoGPT, and can say no. This app never sees your password.</p>
</section>`;
  return page({ title: "Welcome", signedIn: false, body });
}

function emulatorNote(url: string): Html {
  return html`<p class="note">You need no account to try it: sign-in happens at the <a href="${url}">AutoGPT emulator</a>
on this machine, where you pick who you are.</p>
`;
}

/** The start page for a user. */
export function userPage(user: User, granted: readonly string[], blocks: BlockList): string {
  const facts: [string, string | undefined][] = [
    ["Name", user.name],
    ["E-mail", user.email],
    ["Time zone", user.timezone],
    ["ID at AutoGPT", user.id],
  ];
  const rows = facts.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value ?? "not known"}</dd></div>\n`,
  );
  const body = html`<h1>Hello, ${user.name ?? user.email ?? "you"}</h1>
<section class="card">
<h2>Who you are</h2>
<dl>
${rows}</dl>
</section>
<section class="card">
<h2>What you allowed this app</h2>
${scopeList(granted)}
</section>
<section class="card">
<h2>Blocks of the platform</h2>
${blockSection(blocks, html`<p><a href="/blocks">Show all blocks</a></p>`)}
</section>`;
  return page({ title: "Your account", signedIn: true, body });
}

/** One page of the platform's blocks. */
export function blocksPage(blocks: BlockList): string {
  const more = "next" in blocks && blocks.next !== null ? nextLink(blocks.next) : undefined;
  const body = html`<h1>Blocks of the platform</h1>
<p>What agents are built of, read with your access token.</p>
<section class="card">
${blockSection(blocks, more)}
</section>`;
  return page({ title: "Blocks", signedIn: true, body });
}

function nextLink(cursor: string): Html {
  return html`<p><a href="/blocks?cursor=${encodeURIComponent(cursor)}">Next page</a></p>`;
}

function blockSection(blocks: BlockList, more: Html | undefined): Html {
  if ("problem" in blocks) {
    const again = blocks.signInAgain
      ? html` <a href="${signInPath("/blocks")}">Sign in again</a>`
      : undefined;
    return html`<p>${blocks.problem}${again}</p>`;
  }
  if (blocks.items.length === 0) return html`<p>There are none.</p>`;
  return html`<ul>
${blocks.items.map(({ name, description }: Block) => html`<li><strong>${name}</strong>${description}</li>\n`)}</ul>
${more}`;
}

function scopeList(names: readonly string[]): Html {
  return html`<ul>
${names.map((name) => html`<li><strong>${meaningOf(name)}</strong><code>${name}</code></li>\n`)}</ul>`;
}

/** The table of scopes comes with the package; an instance of the platform can be newer than the table. */
function meaningOf(name: string): string {
  const [, known] = Object.entries(scopes).find(([scope]) => scope === name) ?? [];
  const description = known?.description ?? "a scope that this app does not know";
  return description.charAt(0).toUpperCase() + description.slice(1);
}
