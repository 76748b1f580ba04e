import type { IntegrationSetup, Run } from "express-autogpt";
import { type Html, html } from "./html.js";
import { inputFields } from "./inputs.js";
import { page } from "./layout.js";

interface Agent {
  id: string;
  name: string;
  description: string;
  input_schema: unknown;
}

/** The person's library. */
export function agentsPage(agents: readonly Agent[]): string {
  const items = agents.map(
    ({ id, name, description }) => html`<li><strong>${name}</strong>${description}
<br><a href="${runPath(id)}">Run ${name}</a></li>
`,
  );
  const body = html`<h1>Your agents</h1>
<p>What is in your library at AutoGPT. Running one asks you first, once.</p>
<section class="card">
${agents.length > 0 ? html`<ul>${items}</ul>` : html`<p>There are none.</p>`}
</section>
<section class="card">
<h2>Accounts that agents need</h2>
<p><a href="/connect/github">Connect GitHub</a></p>
</section>`;
  return page({ title: "Your agents", signedIn: true, body });
}

/** The form with what the agent takes. */
export function agentPage({ id, name, description, input_schema }: Agent, problem?: string): string {
  const body = html`<h1>Run “${name}”</h1>
<p>${description}</p>
${problem === undefined ? undefined : html`<p class="note" role="alert">${problem}</p>`}
<section class="card">
<form method="post" action="${runPath(id)}">
${inputFields(input_schema)}
<p class="actions"><button class="button">Run</button> <a href="/agents">Back to your agents</a></p>
</form>
</section>`;
  return page({ title: `Run ${name}`, signedIn: true, body });
}

function runPath(id: string): string {
  return `/agents/${encodeURIComponent(id)}/run`;
}

const WORDS: Readonly<Partial<Record<Run["status"], string>>> = {
  QUEUED: "It waits for its turn.",
  RUNNING: "It is running.",
  REVIEW: "It waits for your review at AutoGPT.",
  COMPLETED: "It is done.",
  FAILED: "It failed.",
  TERMINATED: "It was stopped.",
};

/** Loads itself again until the run is done: no script is needed for progress. */
const SECONDS_BETWEEN_LOOKS = 2;

/** One run: where it stands, and what it put out. */
export function runPage({ status, outputs }: Run): string {
  const isUnderWay = status === "INCOMPLETE" || status === "QUEUED" || status === "RUNNING";
  const body = html`<h1>Your run</h1>
<section class="card" aria-live="polite">
<p><strong>${WORDS[status] ?? "It was started."}</strong> <code>${status}</code></p>
${isUnderWay ? html`<p class="dim">This page looks again every ${SECONDS_BETWEEN_LOOKS} seconds.</p>` : outputList(outputs)}
</section>
<p><a href="/agents">Back to your agents</a></p>`;
  const refresh = isUnderWay ? SECONDS_BETWEEN_LOOKS : undefined;
  return page({ title: "Your run", signedIn: true, refresh, body });
}

function outputList(outputs: Run["outputs"]): Html | undefined {
  const rows = Object.entries(outputs ?? {}).map(
    ([name, values]) => html`<div><dt>${name}</dt><dd>${values.map(toText).join("\n")}</dd></div>\n`,
  );
  return rows.length > 0 ? html`<dl>${rows}</dl>` : undefined;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What came of the setup wizard. */
export function connectPage({ outcome }: IntegrationSetup): string {
  const isDone = outcome === "completed";
  const body = html`<h1>${isDone ? "GitHub is connected" : "GitHub was not connected"}</h1>
<section class="card">
<p>${isDone ? "Your agents at AutoGPT can use it now. This app has seen none of it." : "You cancelled at AutoGPT. Nothing was changed."}</p>
<p class="actions"><a class="button" href="/agents">Back to your agents</a>
${isDone ? undefined : html`<a href="/connect/github">Try again</a>`}</p>
</section>`;
  return page({ title: "Connect GitHub", signedIn: true, body });
}
