import type { RequestListener } from "node:http";
import { methodNotAllowed, SECURITY_HEADERS, send } from "../answer.js";
import { type Html, html, PAGE_CSP, page } from "../html.js";
import type { Parameter, Schema } from "./document.js";
import { answerError } from "./errors.js";
import { documents, type Operation, readOperations, type Version } from "./operations.js";

const DOCS_PATH = "/external-api/docs";
const OTHER_PATHS: readonly string[] = ["/external-api/v1/docs", "/external-api/v2/docs"];

export function isDocsPath(path: string): boolean {
  return path === DOCS_PATH || OTHER_PATHS.includes(path);
}

/** `GET /external-api/docs`: both versions on one page without scripts; the platform's own paths lead here. */
export function createDocsPage(): RequestListener {
  let markup: string | undefined;
  return (req, res) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
    if (req.method !== "GET") return send(res, answerError("v2", methodNotAllowed("GET")));
    const path = (req.url ?? "").split("?", 1)[0];
    if (path !== DOCS_PATH) return send(res, { status: 307, headers: { Location: "../docs" } });
    markup ??= renderDocs();
    send(res, { status: 200, headers: { "Content-Security-Policy": PAGE_CSP }, html: markup });
  };
}

function renderDocs(): string {
  return page(
    "External API",
    html`<h1>The External API, emulated</h1>
<p>All operations of <a href="#v2">v2</a> and <a href="#v1">v1</a>, from the documents that this emulator answers by:
<a href="v2/openapi.json">v2/openapi.json</a>, <a href="v1/openapi.json">v1/openapi.json</a>.</p>
${renderVersion("v2")}
${renderVersion("v1")}`,
    "wide",
  );
}

function renderVersion(version: Version): Html {
  const document = documents[version];
  const operations = readOperations(version);
  const groups = document.tags.map(({ name, description }) => {
    const own = operations.filter(({ object }) => object.tags.includes(name));
    return html`<h3>${name} <small>${description}</small></h3>
${own.map((operation) => renderOperation(operation))}`;
  });
  const schemas = Object.entries(document.components.schemas);
  return html`<h2 id="${version}">${document.info.title}</h2>
<p class="dim">${document.info.summary ?? ""} Base: <code>/external-api/${version}</code></p>
${groups}
<h3>Schemas <small>of ${version}</small></h3>
${schemas.map(
  ([name, schema]) => html`<details><summary><code>${name}</code>
<small>${schema.description ?? ""}</small></summary><div id="${version}-${name}">${renderSchema(version, schema)}</div></details>
`,
)}`;
}

function renderOperation({
  version,
  method,
  path,
  id,
  scopes,
  conditionalScopes,
  rateLimit,
  parameters,
  object,
  success,
}: Operation): Html {
  const [content] = Object.entries(object.requestBody?.content ?? {});
  const conditional = Object.entries(conditionalScopes).map(([kind, names]) => `${names} for ${kind}`);
  const needs = scopes.length > 0 ? scopes.join(" + ") : "any valid credential";
  return html`<details><summary><code><strong>${method}</strong> ${path}</code>
<small>${object.summary}${object.deprecated ? " (deprecated)" : ""}</small></summary>
<table id="${version}-${id}">
${row("Scopes", html`<code>${[needs, ...conditional].join(", ")}</code>`)}
${rateLimit ? row("Limit", html`${rateLimit.requests} in ${rateLimit.windowSeconds} s, on top of the general one`) : html``}
${parameters.map((parameter) => renderParameter(version, parameter))}
${content ? row("Body", html`<small>${content[0]}</small> ${nameType(version, content[1].schema)}`) : html``}
${row(`Answer ${success.status}`, success.schema ? nameType(version, success.schema) : html`no JSON`)}
</table></details>
`;
}

function row(name: string, content: Html): Html {
  return html`<tr><td>${name}</td><td>${content}</td></tr>`;
}

function renderParameter(
  version: Version,
  { name, in: place, required, description, schema }: Parameter,
): Html {
  const more = [required ? "required" : "", description ?? "", ...listLimits(schema)].filter(Boolean);
  return row(
    place,
    html`<code>${name}</code> ${nameType(version, schema)} <small>${more.join("; ")}</small>`,
  );
}

function listLimits(schema: Schema): string[] {
  const limits = {
    default: schema.default,
    ...{ from: schema.minimum, to: schema.maximum, "at most": schema.maxLength, pattern: schema.pattern },
  };
  return Object.entries(limits).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${JSON.stringify(value)}`],
  );
}

/** A schema in one line; one with a name leads to it. */
function nameType(version: Version, schema: Schema): Html {
  const { $ref, anyOf, oneOf, allOf, items, type, format } = schema;
  if ($ref !== undefined) {
    const name = $ref.split("/").at(-1) ?? "";
    return html`<a href="#${version}-${name}">${name}</a>`;
  }
  const parts = anyOf ?? oneOf ?? allOf;
  if (parts) {
    const sign = allOf ? " and " : " or ";
    return html`${parts.map((part, index) => html`${index > 0 ? sign : ""}${nameType(version, part)}`)}`;
  }
  if (items) return html`list of ${nameType(version, items)}`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum) return html`<small>${schema.enum.join(" | ")}</small>`;
  return html`<small>${[type ?? "anything"].flat().join(" | ")}${format ? ` (${format})` : ""}</small>`;
}

function renderSchema(version: Version, schema: Schema): Html {
  const { allOf, properties, required = [] } = schema;
  if (allOf) return html`${allOf.map((part) => renderSchema(version, part))}`;
  if (!properties) return html`<p>${nameType(version, schema)}</p>`;
  const rows = Object.entries(properties).map(([name, part]) => {
    const more = [required.includes(name) ? "required" : "", part.description ?? "", ...listLimits(part)];
    return row(name, html`${nameType(version, part)} <small>${more.filter(Boolean).join("; ")}</small>`);
  });
  return html`<table>${rows}</table>`;
}
