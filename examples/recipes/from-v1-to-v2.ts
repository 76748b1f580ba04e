// One agent run, as External API v1 does it and as v2 does it, with an API key:
// GRAPH_ID=... GRAPH_VERSION=1 INPUTS='{"topic": "tea"}' AUTOGPT_API_KEY=agpt_... npx tsx from-v1-to-v2.ts
import { setTimeout } from "node:timers/promises";
import { createApiClient, runAgent } from "express-autogpt";

const { GRAPH_ID: graph_id, GRAPH_VERSION = "1", INPUTS = "{}" } = process.env;
if (!graph_id) throw new Error("Set GRAPH_ID to the graph of one of your agents.");
const inputs: Record<string, unknown> = JSON.parse(INPUTS);
const api = createApiClient(); // AUTOGPT_API_KEY

console.log("v1", JSON.stringify(await runWithV1(graph_id)));
console.log("v2", JSON.stringify(await runWithV2(graph_id)));

/** Before: EXECUTE_GRAPH and READ_GRAPH, a graph with its version, and a loop of one's own. */
async function runWithV1(graph_id: string) {
  const started = await api.POST("/v1/graphs/{graph_id}/execute/{graph_version}", {
    params: { path: { graph_id, graph_version: Number(GRAPH_VERSION) } },
    body: { node_input: inputs },
  });
  if (started.error) throw new Error(`v1: ${JSON.stringify(started.error.detail)}`);
  const path = { graph_id, graph_exec_id: started.data.id };
  for (;;) {
    const results = "/v1/graphs/{graph_id}/executions/{graph_exec_id}/results";
    const { data, error } = await api.GET(results, { params: { path } });
    if (error) throw new Error(`v1: ${JSON.stringify(error.detail)}`);
    if (!["QUEUED", "RUNNING", "INCOMPLETE"].includes(data.status)) return data.output;
    await setTimeout(1000);
  }
}

/** After: RUN_AGENT, READ_RUN and READ_LIBRARY; a run belongs to an agent of the library. */
async function runWithV2(graph_id: string) {
  const { data, error } = await api.GET("/v2/graphs/{graph_id}/library-agent", {
    params: { path: { graph_id } },
  });
  if (error) throw new Error(`v2: ${error.error.message}`);
  const { status, outputs } = await runAgent(api, data.id, inputs); // waits, and repeats what is safe to repeat
  if (status !== "COMPLETED") throw new Error(`v2: the run ended as ${status}`);
  return outputs;
}
