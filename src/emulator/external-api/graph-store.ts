import type { v2 } from "../../api/schema.js";
import { notFound } from "../answer.js";
import { type AgentDefinition, defineAgent, type InputField, toTitle } from "./data/agent-definition.js";
import { blocks } from "./data/blocks.js";
import { stableId } from "./stable-id.js";

type Schemas = v2.components["schemas"];

export interface GraphVersion {
  readonly version: number;
  readonly created_at: number;
  readonly definition: AgentDefinition;
  readonly nodes: Schemas["GraphNode"][];
  readonly links: Schemas["GraphLink"][];
}

export interface StoredGraph {
  readonly id: string;
  readonly forked_from?: { readonly id: string; readonly version: number };
  /** At least one, the first first. */
  readonly versions: GraphVersion[];
  active: number;
  settings: Schemas["GraphSettings"];
}

export function createGraph(
  id: string,
  definition: AgentDefinition,
  created_at: number,
  more: Pick<GraphVersion, "nodes" | "links"> = drawGraph(id, definition),
): StoredGraph {
  return { id, versions: [{ version: 1, created_at, definition, ...more }], active: 1, settings: {} };
}

/** @throws Refusal 404 */
export function findVersion(graph: StoredGraph, version = graph.active): GraphVersion {
  const found = graph.versions.find((one) => one.version === version);
  if (!found) throw notFound();
  return found;
}

function blockId(name: string): string {
  return blocks.find((block) => block.name === name)?.id ?? "";
}

const INPUT_BLOCK = blockId("AgentInputBlock");
const OUTPUT_BLOCK = blockId("AgentOutputBlock");
const WORK_BLOCK = blockId("AITextGeneratorBlock");

/** The node that does the work of an emulated agent. */
export function workNodeId(graphId: string): string {
  return stableId(`node work of ${graphId}`);
}

/** Inputs, one block between, outputs. */
function drawGraph(id: string, { inputs, outputs }: AgentDefinition): Pick<GraphVersion, "nodes" | "links"> {
  const work = workNodeId(id);
  const node = (kind: string, block_id: string, name: string, description: string) => ({
    id: stableId(`node ${kind} ${name} of ${id}`),
    block_id,
    input_default: { name, description },
    metadata: {},
  });
  const ins = Object.entries(inputs).map(([name, f]) => node("in", INPUT_BLOCK, name, f.description));
  const outs = Object.keys(outputs).map((name) => node("out", OUTPUT_BLOCK, name, toTitle(name)));
  const link = (source_id: string, source_name: string, sink_id: string, sink_name: string) => ({
    id: stableId(`link ${source_id} ${sink_id}`),
    ...{ source_id, source_name, sink_id, sink_name, is_static: false },
  });
  return {
    nodes: [...ins, { id: work, block_id: WORK_BLOCK, input_default: {}, metadata: {} }, ...outs],
    links: [
      ...ins.map((from) => link(from.id, "result", work, "prompt")),
      ...outs.map((to) => link(work, "response", to.id, "value")),
    ],
  };
}

/** What a graph that somebody sent takes and gives: read off its input and output blocks. */
export function readDefinition(given: Schemas["GraphCreate"]): AgentDefinition {
  const names = (block_id: string) =>
    given.nodes.flatMap((node) => {
      const name = node.block_id === block_id ? node.input_default?.name : undefined;
      return typeof name === "string" ? [name] : [];
    });
  const inputs = names(INPUT_BLOCK).map((name): [string, InputField] => [
    name,
    { type: "string", title: toTitle(name), description: "" },
  ]);
  const outputs = names(OUTPUT_BLOCK).map((name) => [name, `The ${toTitle(name).toLowerCase()}`]);
  return defineAgent({
    name: given.name,
    description: given.description ?? "",
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
  });
}
