import { randomUUID } from "node:crypto";
import type { v2 } from "../../api/schema.js";
import { notFound } from "../answer.js";
import { toWire } from "../datetime.js";
import type { Caller, Handlers } from "./call.js";
import { toInputSchema, toOutputSchema } from "./data/agent-definition.js";
import { blocks } from "./data/blocks.js";
import { listings } from "./data/listings.js";
import {
  createGraph,
  findVersion,
  type GraphVersion,
  readDefinition,
  type StoredGraph,
} from "./graph-store.js";
import { toLibraryAgent } from "./library.js";
import { toDetails } from "./marketplace.js";
import { readPage } from "./page.js";
import { listRequirements } from "./requirements.js";
import { addAgent } from "./workspace.js";

type Schemas = v2.components["schemas"];

/** @throws Refusal 404 */
export function findGraph({ workspace }: Pick<Caller, "workspace">, id: string): StoredGraph {
  const graph = workspace.graphs.get(id);
  if (!graph) throw notFound();
  return graph;
}

function toSummary({ tenant }: Caller, graph: StoredGraph, version: GraphVersion): Schemas["GraphSummary"] {
  const { definition } = version;
  return {
    ...tenant,
    id: graph.id,
    version: version.version,
    is_active: version.version === graph.active,
    name: definition.name,
    description: definition.description,
    instructions: definition.instructions,
    recommended_schedule_cron: definition.recommended_schedule_cron,
    created_at: toWire(version.created_at),
    forked_from_id: graph.forked_from?.id ?? null,
    forked_from_version: graph.forked_from?.version ?? null,
  };
}

function toGraph(caller: Caller, graph: StoredGraph, version: GraphVersion): Schemas["Graph"] {
  const { definition, nodes, links } = version;
  const needs = definition.credentials.map((need) => [need.field_name, { type: "object" }]);
  return {
    ...toSummary(caller, graph, version),
    nodes,
    links,
    input_schema: toInputSchema(definition),
    output_schema: toOutputSchema(definition),
    credentials_input_schema: { type: "object", properties: Object.fromEntries(needs) },
  };
}

function toVersion(body: Schemas["GraphCreate"]): Pick<GraphVersion, "definition" | "nodes" | "links"> {
  return { definition: readDefinition(body), nodes: body.nodes, links: body.links };
}

export const graphHandlers: Handlers<v2.operations> = {
  listGraphs(call) {
    const page = readPage([...call.workspace.graphs.values()], call.query);
    return { ...page, items: page.items.map((graph) => toSummary(call, graph, findVersion(graph))) };
  },

  createGraph(call) {
    const { workspace, now } = call;
    const { definition, nodes, links } = toVersion(call.body);
    const graph = createGraph(randomUUID(), definition, now, { nodes, links });
    workspace.graphs.set(graph.id, graph);
    addAgent(workspace, { id: randomUUID(), graph_id: graph.id, created_at: now });
    return toGraph(call, graph, findVersion(graph));
  },

  getGraph(call) {
    const graph = findGraph(call, call.path.graph_id);
    return toGraph(call, graph, findVersion(graph, call.query.version));
  },

  createGraphVersion(call) {
    const graph = findGraph(call, call.path.graph_id);
    const version = { ...toVersion(call.body), version: graph.versions.length + 1, created_at: call.now };
    graph.versions.push(version);
    if (call.body.is_active ?? true) activate(call, graph, version.version);
    return toGraph(call, graph, version);
  },

  listGraphVersions(call) {
    const graph = findGraph(call, call.path.graph_id);
    const page = readPage(graph.versions.toReversed(), call.query);
    return { ...page, items: page.items.map((version) => toGraph(call, graph, version)) };
  },

  setActiveGraphVersion(call) {
    const graph = findGraph(call, call.path.graph_id);
    activate(call, graph, findVersion(graph, call.body.active_graph_version).version);
    return undefined;
  },

  updateGraphSettings(call) {
    const graph = findGraph(call, call.path.graph_id);
    const { human_in_the_loop_safe_mode } = call.body;
    if (human_in_the_loop_safe_mode !== undefined) graph.settings = { human_in_the_loop_safe_mode };
    return { human_in_the_loop_safe_mode: null, ...graph.settings };
  },

  getGraphLibraryAgent(call) {
    const { id } = findGraph(call, call.path.graph_id);
    const agent = [...call.workspace.agents.values()].find(({ graph_id }) => graph_id === id);
    if (!agent) throw notFound();
    return toLibraryAgent(call, agent, { schemas: true });
  },

  listGraphBlocks(call) {
    const graph = findGraph(call, call.path.graph_id);
    const used = new Set(findVersion(graph).nodes.map(({ block_id }) => block_id));
    return readPage(
      blocks.filter(({ id }) => used.has(id)),
      call.query,
    );
  },

  listGraphCredentialRequirements(call) {
    const { definition } = findVersion(findGraph(call, call.path.graph_id));
    return readPage(listRequirements(call, definition), call.query);
  },

  getGraphMarketplaceListing(call) {
    const listing = listings.find(({ graph_id }) => graph_id === call.path.graph_id);
    if (!listing) throw notFound();
    return toDetails(listing);
  },
};

/** The library agent of a graph follows its active version. */
function activate({ workspace, now }: Caller, graph: StoredGraph, version: number): void {
  graph.active = version;
  for (const agent of workspace.agents.values()) {
    if (agent.graph_id === graph.id) Object.assign(agent, { graph_version: version, updated_at: now });
  }
}
