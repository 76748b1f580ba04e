import type { Emulator } from "express-autogpt/emulator";
import { isScope, scopes } from "../../dist/scopes.js";
import type { ContractOperation } from "./documents.js";
import { ADA, ask, type Reply } from "./setup.js";

const everyScope = Object.keys(scopes).filter(isScope);

/** A key with every scope, to prepare what an operation needs. */
export const EVERYTHING = "agpt_Everything";
/** The same for another person. */
export const OF_GRACE = "agpt_EverythingOfGrace";

/** For `emulatorForTests({ api_keys })`. */
export const twoKeys = [
  { key: EVERYTHING, user_id: ADA, scopes: everyScope },
  { key: OF_GRACE, user_id: "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a02", scopes: everyScope },
];

export type Send = (method: string, path: string, body?: unknown) => Promise<Reply>;

/** Calls v2 with JSON, or with a form. */
export function sender(emulator: Emulator, key: string): Send {
  return (method, path, body) =>
    ask(`${emulator.backendUrl}/external-api${path}`, {
      method,
      headers: {
        "X-API-Key": key,
        ...(body !== undefined && !(body instanceof FormData) && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
}

export function fileForm(name = "notes.txt", text = "hello", type = "text/plain"): FormData {
  const form = new FormData();
  form.append("file", new File([text], name, { type }));
  return form;
}

const GRAPH = { name: "G", description: "d", nodes: [], links: [] };
const LISTING = { name: "N", description: "d", sub_heading: "s", image_urls: [], categories: [] };
const KEY = { type: "api_key", provider: "GitHub", api_key: "k", title: "t" };

/** A library agent by its name. */
export async function findAgent(send: Send, name: string) {
  const { json } = await send("GET", "/v2/library/agents");
  const agent = json.items.find((item: { name: string }) => item.name === name);
  if (!agent) throw new Error(`No library agent is named ${name}`);
  return agent as { id: string; graph_id: string };
}

/** Values for the path of an operation; what does not exist at the start is made. */
async function pathValues(emulator: Emulator, send: Send, { path, version }: ContractOperation) {
  const agent = await findAgent(send, "Draft a newsletter");
  const first = { agent_id: agent.id, graph_id: agent.graph_id, username: "northwind" };
  const made: Record<string, () => Promise<string>> = {
    run_id: async () => (await waitForReview(emulator, send, agent.id)).id,
    graph_exec_id: async () => (await waitForReview(emulator, send, agent.id)).id,
    version_id: async () =>
      path.includes("submissions")
        ? (await send("POST", "/v2/marketplace/submissions", submission(agent.graph_id))).json
            .listing_version_id
        : (await send("GET", "/v2/marketplace/agents/northwind/blog-post-writer")).json
            .store_listing_version_id,
    credential_id: async () => (await send("POST", "/v2/integrations/credentials", KEY)).json.id,
    cred_id: async () => (await send("POST", "/v2/integrations/credentials", KEY)).json.id,
    schedule_id: async () => (await send("POST", "/v2/schedules", schedule(agent.graph_id))).json.id,
    folder_id: async () => (await send("POST", "/v2/library/folders", { name: "Old" })).json.id,
    file_id: async () => (await send("POST", "/v2/files/upload", fileForm())).json.id,
    block_id: async () => (await send("GET", "/v1/blocks")).json[0].id,
  };
  const known: Record<string, string> = {
    ...first,
    agent_name: "blog-post-writer",
    graph_version: "1",
    provider: "github",
  };
  if (path.endsWith("/marketplace-listing")) {
    await send("POST", "/v2/marketplace/agents/northwind/blog-post-writer/add-to-library");
    known.graph_id = (await send("GET", "/v2/marketplace/agents/northwind/blog-post-writer")).json.graph_id;
  }
  let filled = `/${version}${path}`;
  for (const [gap = "", name = ""] of path.matchAll(/\{(\w+)\}/g)) {
    filled = filled.replace(gap, known[name] ?? (await made[name]?.()) ?? "");
  }
  return filled;
}

async function waitForReview(emulator: Emulator, send: Send, agentId: string): Promise<{ id: string }> {
  const { json } = await send("POST", `/v2/library/agents/${agentId}/runs`, { inputs: { subject: "s" } });
  emulator.advanceClock(10);
  return json;
}

function submission(graph_id: string) {
  return { ...LISTING, slug: "n", graph_id, graph_version: 1 };
}

function schedule(graph_id: string) {
  return { graph_id, name: "S", cron: "0 9 * * *" };
}

/** Bodies that fit, by operation id; they come from the schemas of the two documents. */
async function bodyOf(send: Send, { version, id, body }: ContractOperation, path: string): Promise<unknown> {
  if (body === undefined) return undefined;
  if (body === "multipart/form-data") return fileForm("photo.png", "png", "image/png");
  const agent = await findAgent(send, "Draft a newsletter");
  const bodies: Record<string, unknown> = {
    executeBlock: { name: "x", value: "y" },
    createGraph: GRAPH,
    executeGraph: { node_input: { subject: "s" } },
    initiateIntegrationOauth: { callback_url: "https://app.example/cb" },
    completeIntegrationOauth: { code: "c", state_token: "s" },
    createCredential: version === "v1" ? { type: "api_key", api_key: "k", title: "t" } : KEY,
    findAgent: { query: "market" },
    runAgent: { username_agent_slug: "northwind/blog-post-writer" },
    updateLibraryAgent: { is_favorite: true },
    createRun: { inputs: { subject: "Spring" } },
    createGraphVersion: GRAPH,
    setActiveGraphVersion: { active_graph_version: 1 },
    updateGraphSettings: { human_in_the_loop_safe_mode: false },
    updateMyProfile: { name: "Ada" },
    createSubmission: submission(agent.graph_id),
    replaceSubmission: LISTING,
    createSchedule: schedule(agent.graph_id),
    createFolder: { name: "Reports", color: "#00ff00" },
    updateFolder: { name: "New" },
    moveFolder: { target_parent_id: null },
  };
  if (id !== "submitReviews") return bodies[id];
  const [, , , run_id] = path.split("/");
  const { json } = await send("GET", `/v2/runs/reviews?status=WAITING&run_id=${run_id}`);
  const reviews = json.items.map((item: object) => ({ ...item, approved: true }));
  return { reviews };
}

export interface GoodRequest {
  /** Below `/external-api`, with a query where the operation cannot do without one. */
  readonly path: string;
  readonly body: unknown;
}

/** A request that must succeed. */
export async function prepare(emulator: Emulator, operation: ContractOperation): Promise<GoodRequest> {
  const send = sender(emulator, EVERYTHING);
  const path = await pathValues(emulator, send, operation);
  const body = await bodyOf(send, operation, path);
  return { path: operation.id === "searchContent" ? `${path}?query=report` : path, body };
}
