import { randomUUID } from "node:crypto";
import type { v2 } from "../../api/schema.js";
import { notFound, Refusal } from "../answer.js";
import { toWire } from "../datetime.js";
import { SchemaFault } from "../schema.js";
import type { Caller, Handlers } from "./call.js";
import type { AgentDefinition } from "./data/agent-definition.js";
import { withDefaults } from "./data/agent-definition.js";
import { workNodeId } from "./graph-store.js";
import { startOnce } from "./idempotency.js";
import { findAgent, versionOf } from "./library.js";
import { readPage } from "./page.js";
import { parseDateTime } from "./request-formats.js";
import {
  endedAt,
  isFinal,
  outputsAt,
  planRun,
  type StoredRun,
  setStatus,
  startedAt,
  statusAt,
} from "./run-steps.js";
import type { LibraryAgent } from "./workspace.js";

type Schemas = v2.components["schemas"];

/** What every emulated run costs once it has ended. */
export const RUN_COST_CENTS = 3;

/** @throws Refusal 404 */
export function findRun({ workspace }: Pick<Caller, "workspace">, id: string): StoredRun {
  const run = workspace.runs.get(id);
  if (!run) throw notFound();
  return run;
}

/** Starts a run of a library agent; its inputs have been looked at. */
export function startRun(
  caller: Pick<Caller, "workspace" | "tenant" | "platform">,
  agent: LibraryAgent,
  { inputs = {}, credentials_inputs = {} }: Schemas["RunCreate"],
): StoredRun {
  const { graph, version } = versionOf(caller, agent);
  const created_at = caller.platform.clock.now();
  const basis = { id: randomUUID(), definition: version.definition, inputs };
  const run: StoredRun = {
    ...basis,
    graph_id: graph.id,
    graph_version: version.version,
    tenant: caller.tenant,
    credentials_inputs,
    created_at,
    share_token: null,
    ...planRun(basis, created_at, graph.settings.human_in_the_loop_safe_mode !== false),
  };
  caller.workspace.runs.set(run.id, run);
  return run;
}

function toRun(run: StoredRun, now: number): Schemas["Run"] {
  const started = startedAt(run, now);
  const ended = endedAt(run, now);
  return {
    ...run.tenant,
    id: run.id,
    graph_id: run.graph_id,
    graph_version: run.graph_version,
    status: statusAt(run, now),
    started_at: started === null ? null : toWire(started),
    ended_at: ended === null ? null : toWire(ended),
    inputs: { ...run.inputs },
    credentials_inputs: run.credentials_inputs ?? {},
    preset_id: null,
    is_shared: run.share_token !== null,
    share_token: run.share_token,
    cost_cents: ended === null ? 0 : RUN_COST_CENTS,
    duration_seconds: started === null ? 0 : ((ended ?? now) - started) / 1000,
    node_exec_count: started === null ? 0 : 1,
    correctness_score: null,
  };
}

function toDetails(run: StoredRun, now: number): Schemas["RunDetails"] {
  const { started_at, ended_at, status, ...rest } = toRun(run, now);
  const { ending } = run.definition;
  const outputs = outputsAt(run, now);
  const failed = status === "FAILED";
  const error = ending.kind === "fails" ? ending.error : "The run was made to fail";
  const node: Schemas["NodeExecution"] = {
    node_id: workNodeId(run.graph_id),
    status,
    inputs: withDefaults(run.definition, run.inputs),
    outputs: failed ? { error: [error] } : outputs,
    started_at,
    ended_at,
  };
  const node_executions = started_at === null ? [] : [node];
  return { ...rest, status, started_at, ended_at, outputs, node_executions };
}

export const runHandlers: Handlers<v2.operations> = {
  async createRun(call) {
    const agent = findAgent(call, call.path.agent_id);
    checkInputs(versionOf(call, agent).version.definition, call.body.inputs ?? {});
    const run = await startOnce(call, call.header["Idempotency-Key"], [agent.id, call.body], () =>
      startRun(call, agent, call.body),
    );
    return toRun(run, call.platform.clock.now());
  },

  listRuns(call) {
    const { graph_id, statuses, started_after, started_before } = call.query;
    const after = parseDateTime(started_after ?? "") ?? Number.NEGATIVE_INFINITY;
    const before = parseDateTime(started_before ?? "") ?? Number.POSITIVE_INFINITY;
    const found = [...call.workspace.runs.values()]
      .filter((run) => graph_id === undefined || run.graph_id === graph_id)
      .filter((run) => statuses === undefined || statuses.includes(statusAt(run, call.now)))
      .filter(({ created_at }) => created_at >= after && created_at <= before);
    const page = readPage(found.toReversed(), call.query);
    return { ...page, items: page.items.map((run) => toRun(run, call.now)) };
  },

  getRun: (call) => toDetails(findRun(call, call.path.run_id), call.now),

  deleteRun(call) {
    call.workspace.runs.delete(findRun(call, call.path.run_id).id);
    return undefined;
  },

  stopRun(call) {
    const run = findRun(call, call.path.run_id);
    const status = statusAt(run, call.now);
    if (isFinal(status)) throw new Refusal(409, `The run is already ${status}`);
    setStatus(run, "TERMINATED", call.now);
    return toRun(run, call.now);
  },

  shareRun(call) {
    const run = findRun(call, call.path.run_id);
    run.share_token = randomUUID();
    return { share_url: `http://${call.host}/share/${run.share_token}`, share_token: run.share_token };
  },

  unshareRun(call) {
    findRun(call, call.path.run_id).share_token = null;
    return undefined;
  },
};

/**
 * Every name must be known, and every input without a default given; null counts as missing.
 *
 * @throws SchemaFault 422
 */
function checkInputs(definition: AgentDefinition, given: Readonly<Record<string, unknown>>): void {
  const unknown = Object.entries(given)
    .filter(([name]) => !Object.hasOwn(definition.inputs, name))
    .map(([name, input]) => ({
      type: "extra_forbidden",
      loc: ["body", "inputs", name],
      msg: "Extra inputs are not permitted",
      input,
    }));
  const missing = Object.entries(definition.inputs)
    .filter(([name, field]) => (given[name] ?? null) === null && !("default" in field))
    .map(([name]) => ({
      type: "missing",
      loc: ["body", "inputs", name],
      msg: "Field required",
      input: given,
    }));
  if (unknown.length + missing.length > 0) throw new SchemaFault([...unknown, ...missing]);
}
