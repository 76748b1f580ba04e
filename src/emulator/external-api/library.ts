import { randomUUID } from "node:crypto";
import type { v2 } from "../../api/schema.js";
import { notFound } from "../answer.js";
import { toWire } from "../datetime.js";
import type { Caller, Handlers } from "./call.js";
import { toInputSchema, toOutputSchema } from "./data/agent-definition.js";
import { listings } from "./data/listings.js";
import { findFolder } from "./folders.js";
import { createGraph, findVersion, type GraphVersion, type StoredGraph } from "./graph-store.js";
import { findListing } from "./marketplace.js";
import { readPage } from "./page.js";
import { listRequirements } from "./requirements.js";
import { stableId } from "./stable-id.js";
import { addAgent, type LibraryAgent } from "./workspace.js";

type Schemas = v2.components["schemas"];

/** @throws Refusal 404 */
export function findAgent({ workspace }: Pick<Caller, "workspace">, id: string): LibraryAgent {
  const agent = workspace.agents.get(id);
  if (!agent) throw notFound();
  return agent;
}

/** The graph version that a library agent stands for. */
export function versionOf({ workspace }: Pick<Caller, "workspace">, agent: LibraryAgent) {
  const graph = workspace.graphs.get(agent.graph_id);
  if (!graph) throw new Error("A library agent has a graph");
  return { graph, version: findVersion(graph, agent.graph_version) };
}

export function toLibraryAgent(
  caller: Caller,
  agent: LibraryAgent,
  { schemas }: { readonly schemas: boolean },
): Schemas["LibraryAgent"] {
  const { graph, version } = versionOf(caller, agent);
  const { definition } = version;
  const folder = agent.folder_id === null ? undefined : caller.workspace.folders.get(agent.folder_id);
  return {
    ...caller.tenant,
    id: agent.id,
    graph_id: agent.graph_id,
    graph_version: agent.graph_version,
    name: definition.name,
    description: definition.description,
    is_favorite: agent.is_favorite,
    can_access_graph: true,
    is_latest_version: agent.graph_version === graph.versions.at(-1)?.version,
    image_url: null,
    creator_name: agent.creator_name,
    // "left empty in lists"
    input_schema: schemas ? toInputSchema(definition) : {},
    output_schema: schemas ? toOutputSchema(definition) : {},
    trigger_setup_info: null,
    recommended_schedule_cron: definition.recommended_schedule_cron,
    folder_id: folder?.id ?? null,
    folder_name: folder?.name ?? null,
    created_at: toWire(agent.created_at),
    updated_at: toWire(agent.updated_at),
  };
}

/** Puts a copy of a graph into the library, under ids of its own. */
function addCopy(caller: Caller, from: StoredGraph, source: GraphVersion, creator_name: string) {
  const { workspace, now } = caller;
  const id = randomUUID();
  workspace.graphs.set(id, {
    ...createGraph(id, source.definition, now),
    forked_from: { id: from.id, version: source.version },
  });
  const agent = addAgent(workspace, { id: randomUUID(), graph_id: id, creator_name, created_at: now });
  return toLibraryAgent(caller, agent, { schemas: true });
}

export const libraryHandlers: Handlers<v2.operations> = {
  listLibraryAgents(call) {
    const { favorite, published } = call.query;
    const agents = [...call.workspace.agents.values()]
      .filter(({ is_archived }) => !is_archived)
      .filter(({ is_favorite }) => favorite === undefined || is_favorite === favorite)
      .filter((agent) => published === undefined || isPublished(agent) === published);
    const page = readPage(agents, call.query);
    return { ...page, items: page.items.map((agent) => toLibraryAgent(call, agent, { schemas: false })) };
  },

  getLibraryAgent: (call) => toLibraryAgent(call, findAgent(call, call.path.agent_id), { schemas: true }),

  updateLibraryAgent(call) {
    const agent = findAgent(call, call.path.agent_id);
    const { graph_version, is_favorite, is_archived, folder_id } = call.body;
    if (typeof graph_version === "number") findVersion(versionOf(call, agent).graph, graph_version);
    if (typeof folder_id === "string") findFolder(call, folder_id);
    agent.graph_version = graph_version ?? agent.graph_version;
    agent.is_favorite = is_favorite ?? agent.is_favorite;
    agent.is_archived = is_archived ?? agent.is_archived;
    if (folder_id !== undefined) agent.folder_id = folder_id;
    agent.updated_at = call.now;
    return toLibraryAgent(call, agent, { schemas: true });
  },

  removeLibraryAgent(call) {
    const { id, graph_id } = findAgent(call, call.path.agent_id);
    call.workspace.agents.delete(id);
    call.workspace.graphs.delete(graph_id);
    return undefined;
  },

  forkLibraryAgent(call) {
    const { graph, version } = versionOf(call, findAgent(call, call.path.agent_id));
    return addCopy(call, graph, version, "You");
  },

  addMarketplaceAgentToLibrary(call) {
    const { workspace, credential, now, path } = call;
    const listing = findListing(path.username, path.agent_name);
    const known = [...workspace.agents.values()].find(({ graph_id }) => graph_id === listing.graph_id);
    // Adding it again gives the one that is there.
    if (known) return toLibraryAgent(call, known, { schemas: true });
    const { graph_id } = listing;
    workspace.graphs.set(graph_id, createGraph(graph_id, listing.definition, now));
    const id = stableId(`library agent ${graph_id} of ${credential.user.id}`);
    const agent = addAgent(workspace, { id, graph_id, creator_name: listing.creator, created_at: now });
    return toLibraryAgent(call, agent, { schemas: true });
  },

  listLibraryAgentCredentialRequirements(call) {
    const { version } = versionOf(call, findAgent(call, call.path.agent_id));
    return readPage(listRequirements(call, version.definition), call.query);
  },
};

function isPublished({ graph_id }: LibraryAgent): boolean {
  return listings.some((listing) => listing.graph_id === graph_id);
}
