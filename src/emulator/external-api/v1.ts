import type { v1 } from "../../api/schema.js";
import { Refusal } from "../answer.js";
import type { Call, Handlers } from "./call.js";
import { blocks, type EmulatedBlock } from "./data/blocks.js";
import type { Listing } from "./data/listings.js";
import { workNodeId } from "./graph-store.js";
import { avatarOf, findCreator, findCreators, findListing, findListings, imageOf } from "./marketplace.js";
import { readNumberedPage } from "./page.js";
import { outputsAt, statusAt } from "./run-steps.js";
import { findRun, startRun } from "./runs.js";

type Schemas = v1.components["schemas"];

/** v1 looks at the same things as v2, in its own shapes. */
export const v1Handlers: Handlers<v1.operations> = {
  getMe: ({ credential: { user } }) => ({
    id: user.id,
    name: user.name,
    email: user.email,
    timezone: user.timezone,
  }),

  listBlocks: () => blocks.map(toBlock),

  executeBlock({ path, body }) {
    const block = blocks.find(({ id }) => id === path.block_id);
    if (!block) throw new Refusal(404, `Block #${path.block_id} not found.`);
    const { properties } = block.output_schema;
    const names = Object.keys(properties ?? {}).filter((name) => name !== "error");
    return Object.fromEntries(names.map((name) => [name, [`${block.name} got ${JSON.stringify(body)}`]]));
  },

  executeGraph(call) {
    const { graph_id, graph_version } = call.path;
    const agent = [...call.workspace.agents.values()].find((one) => one.graph_id === graph_id);
    const graph = call.workspace.graphs.get(graph_id);
    if (!agent || !graph?.versions.some(({ version }) => version === graph_version)) {
      throw new Refusal(400, `Graph #${graph_id} not found.`);
    }
    return { id: startRun(call, agent, { inputs: call.body.node_input ?? {} }).id };
  },

  getGraphExecutionResults: toResult,

  listStoreAgents({ query }) {
    const { items, pagination } = readNumberedPage(findListings(query), query);
    return { agents: items.map(toStoreAgent), pagination };
  },

  getStoreAgent({ path }) {
    const listing = findListing(path.username, path.agent_name);
    const { agent_graph_id: _, ...agent } = toStoreAgent(listing);
    return {
      ...agent,
      store_listing_version_id: listing.version_id,
      agent_video: "",
      agent_output_demo: "",
      agent_image: [agent.agent_image],
      instructions: listing.definition.instructions,
      categories: [...listing.categories],
      versions: ["1"],
      graph_id: listing.graph_id,
      graph_versions: ["1"],
      last_updated: listing.last_updated,
      recommended_schedule_cron: listing.definition.recommended_schedule_cron,
      active_version_id: listing.version_id,
      has_approved_version: true,
      changelog: null,
    };
  },

  listStoreCreators({ query }) {
    const { items, pagination } = readNumberedPage(findCreators(query), query);
    return { creators: items, pagination };
  },

  getStoreCreator: ({ path }) => findCreator(path.username),

  findAgent({ body }) {
    const agents = findListings({ search_query: body.query }).map(toToolAgent);
    const session_id = null;
    if (body.query.trim() === "" || agents.length === 0) {
      const message = `No agents found for '${body.query}'`;
      return { type: "no_results", message, session_id, suggestions: ["Try other words"] };
    }
    const message = `Found ${agents.length} agents for '${body.query}'`;
    return { type: "agents_found", message, session_id, agents, count: agents.length };
  },
};

function toBlock(block: EmulatedBlock): Schemas["Block"] {
  return {
    id: block.id,
    name: block.name,
    inputSchema: block.input_schema,
    outputSchema: block.output_schema,
    description: block.description,
    categories: block.categories.map((category) => ({ ...category })),
    contributors: block.contributors.map((contributor) => ({ ...contributor })),
    staticOutput: block.static_output,
    // v1 names the kinds as the block editor does.
    uiType:
      block.block_type === "STANDARD"
        ? "Standard"
        : block.block_type === "AI"
          ? "AI"
          : titleCase(block.block_type),
  };
}

function titleCase(kind: string): string {
  return kind.charAt(0) + kind.slice(1).toLowerCase();
}

function toResult(call: Call<v1.operations["getGraphExecutionResults"]>): Schemas["GraphExecutionResult"] {
  const run = findRun(call, call.path.graph_exec_id);
  const status = statusAt(run, call.now);
  const outputs = Object.entries(outputsAt(run, call.now));
  const node = {
    node_id: workNodeId(run.graph_id),
    input: { ...run.inputs },
    output: Object.fromEntries(outputs),
  };
  const output = outputs.flatMap(([name, values]) => values.map((value) => ({ [name]: String(value) })));
  return {
    execution_id: run.id,
    status,
    nodes: status === "QUEUED" ? [] : [node],
    output: status === "COMPLETED" ? output : null,
  };
}

function toStoreAgent(listing: Listing) {
  const { slug, definition, creator, sub_heading, runs, rating, graph_id } = listing;
  return {
    slug,
    agent_name: definition.name,
    agent_image: imageOf(listing),
    creator,
    creator_avatar: avatarOf(creator),
    sub_heading,
    description: definition.description,
    runs,
    rating,
    agent_graph_id: graph_id,
  };
}

function toToolAgent({ slug, definition, creator, rating, runs, featured, graph_id }: Listing) {
  return {
    id: `${creator}/${slug}`,
    name: definition.name,
    description: definition.description,
    source: "marketplace",
    in_library: false,
    creator,
    rating,
    runs,
    is_featured: featured,
    graph_id,
  };
}
