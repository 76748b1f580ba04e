import type { v2 } from "../../api/schema.js";
import { toWire } from "../datetime.js";
import type { Caller, Handlers } from "./call.js";
import { blocks } from "./data/blocks.js";
import { listings } from "./data/listings.js";
import { versionOf } from "./library.js";
import { textOf } from "./marketplace.js";
import { readPage } from "./page.js";
import { providers } from "./providers.js";
import { stableId } from "./stable-id.js";
import { score } from "./text-score.js";

type Schemas = v2.components["schemas"];
type Kind = Schemas["SearchContentType"];
type Entry = Omit<Schemas["SearchResult"], "content_type" | "combined_score">;

const PUBLIC: readonly Kind[] = ["STORE_AGENT", "BLOCK", "INTEGRATION", "DOCUMENTATION"];

const DOCUMENTATION = ["Getting started", "Agents and blocks", "Sign in with AutoGPT", "The External API"];

function entry(
  content_id: string,
  texts: readonly string[],
  metadata: Entry["metadata"],
  updated_at: string | null = null,
): Entry {
  return { content_id, searchable_text: texts.join(" "), metadata, updated_at };
}

const sources: Readonly<Record<Kind, (caller: Caller) => Entry[]>> = {
  STORE_AGENT: () =>
    listings.map((listing) => {
      const { version_id, slug, creator, categories, last_updated } = listing;
      return entry(version_id, [textOf(listing)], { slug, creator, categories }, last_updated);
    }),
  BLOCK: () =>
    blocks.map(({ id, name, description, categories }) =>
      entry(id, [name, description], { name, categories: categories.map(({ category }) => category) }),
    ),
  INTEGRATION: () => providers.map(({ name }) => entry(name, [name, "integration"], { provider: name })),
  DOCUMENTATION: () =>
    DOCUMENTATION.map((title) => entry(stableId(`documentation ${title}`), [title], { title })),
  LIBRARY_AGENT: (caller) =>
    [...caller.workspace.agents.values()].map((agent) => {
      const { name, description } = versionOf(caller, agent).version.definition;
      const { id, graph_id, updated_at } = agent;
      return entry(id, [name, description], { name, graph_id }, toWire(updated_at));
    }),
  WORKSPACE_FILE: ({ workspace }) =>
    [...workspace.files.values()].map(({ id, name, path, mime_type, created_at }) =>
      entry(id, [name, path], { name, mime_type }, toWire(created_at)),
    ),
};

export const searchHandlers: Handlers<v2.operations> = {
  searchContent(call) {
    const { query, content_types = PUBLIC, category } = call.query;
    const results = [...new Set(content_types)]
      .flatMap((content_type) => sources[content_type](call).map((found) => ({ content_type, ...found })))
      .filter(({ metadata }) => category === undefined || [metadata?.categories].flat().includes(category))
      .map((found) => ({ ...found, combined_score: score(found.searchable_text, query) }))
      .filter(({ combined_score }) => combined_score > 0)
      .toSorted((a, b) => b.combined_score - a.combined_score);
    return readPage(results, call.query);
  },
};
