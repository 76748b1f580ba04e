import { describe, expect, it } from "vitest";
import { expectAnswer } from "./documents.js";
import { EVERYTHING, findAgent, OF_GRACE, sender, twoKeys } from "./good-requests.js";
import { ask, emulatorForTests } from "./setup.js";

const emulator = await emulatorForTests({ api_keys: twoKeys });
const send = sender(emulator, EVERYTHING);
const AGENTS = "/v2/library/agents";

describe("library agents", () => {
  it("are a handful, with schemas only one by one", async () => {
    const reply = await send("GET", AGENTS);
    expectAnswer("v2", "GET /library/agents", reply);
    const { items } = reply.json;
    expect(items.length).toBeGreaterThan(3);
    for (const { id, input_schema } of items) {
      expect(input_schema).toEqual({});
      const agent = await send("GET", `${AGENTS}/${id}`);
      expectAnswer("v2", "GET /library/agents/{agent_id}", agent);
      expect(Object.keys(agent.json.input_schema.properties).length).toBeGreaterThan(0);
      expect(agent.json.input_schema.required).toBeInstanceOf(Array);
    }
    const created = items.map(({ created_at }: { created_at: string }) => created_at);
    expect(created).toEqual(created.toSorted());
  });

  it("can be changed, archived, forked and removed", async () => {
    const { id, graph_id } = await findAgent(send, "Research a topic");
    const patch = (body: object) => send("PATCH", `${AGENTS}/${id}`, body);
    expect((await patch({ is_favorite: true })).json.is_favorite).toBe(true);
    expect((await send("GET", `${AGENTS}?favorite=true`)).json.items).toMatchObject([{ id }]);
    expect((await patch({ graph_version: 7 })).status).toBe(404);
    const fork = await send("POST", `${AGENTS}/${id}/fork`);
    expect(fork.status).toBe(201);
    expect(fork.json.graph_id).not.toBe(graph_id);
    expect((await send("GET", `/v2/graphs/${fork.json.graph_id}`)).json.forked_from_id).toBe(graph_id);
    await patch({ is_archived: true });
    const ids = (await send("GET", AGENTS)).json.items.map((agent: { id: string }) => agent.id);
    expect(ids).not.toContain(id);
    expect(ids).toContain(fork.json.id);
    expect((await send("DELETE", `${AGENTS}/${id}`)).status).toBe(204);
    expect((await send("GET", `${AGENTS}/${id}`)).status).toBe(404);
  });

  it("are other ones for another user", async () => {
    const { id } = await findAgent(send, "Research a topic");
    const grace = sender(emulator, OF_GRACE);
    expect((await grace("GET", `${AGENTS}/${id}`)).json.error.code).toBe("not_found");
    expect((await findAgent(grace, "Research a topic")).id).not.toBe(id);
  });

  it("say which credentials they need, and which of the user's fit", async () => {
    const { id } = await findAgent(send, "Watch a repository");
    const needs = async () => (await send("GET", `${AGENTS}/${id}/credentials`)).json.items;
    expect(await needs()).toMatchObject([{ provider: "github", matching_credentials: [] }]);
    const body = { type: "api_key", provider: "GitHub", api_key: "secret" };
    const { json } = await send("POST", "/v2/integrations/credentials", body);
    expect(JSON.stringify(json)).not.toContain("secret");
    expect((await needs())[0].matching_credentials).toEqual([json]);
    expect((await send("GET", "/v1/integrations/github/credentials")).json).toMatchObject([{ id: json.id }]);
    expect((await send("DELETE", `/v2/integrations/credentials/${json.id}`)).status).toBe(204);
    expect((await send("DELETE", `/v2/integrations/credentials/${json.id}`)).status).toBe(404);
  });
});

describe("graphs", () => {
  it("are saved, versioned and found again with their library agent", async () => {
    const blocks = (await send("GET", "/v2/blocks")).json.items;
    const block_id = blocks.find(({ name }: { name: string }) => name === "AgentInputBlock").id;
    const node = { id: "n", block_id, input_default: { name: "city" } };
    const graph = { name: "Weather", nodes: [node], links: [] };
    const { json } = await send("POST", "/v2/graphs", graph);
    expect(json).toMatchObject({ name: "Weather", version: 1, is_active: true, nodes: [node] });
    const agent = (await send("GET", `/v2/graphs/${json.id}/library-agent`)).json;
    expect(agent.input_schema.required).toEqual(["city"]);
    const next = await send("PUT", `/v2/graphs/${json.id}`, { ...graph, name: "Storms", is_active: false });
    expect(next.json).toMatchObject({ name: "Storms", version: 2, is_active: false });
    const versions = (await send("GET", `/v2/graphs/${json.id}/versions`)).json.items;
    expect(versions.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    const active = (version: number) =>
      send("PUT", `/v2/graphs/${json.id}/versions/active`, { active_graph_version: version });
    expect([(await active(2)).status, (await active(3)).status]).toEqual([204, 404]);
    expect((await send("GET", `${AGENTS}/${agent.id}`)).json).toMatchObject({
      name: "Storms",
      graph_version: 2,
    });
    expect((await send("GET", `/v2/graphs/${json.id}?version=1`)).json.name).toBe("Weather");
  });
});

describe("folders", () => {
  it("are a tree; a taken name is a 409, a circle a 400", async () => {
    const create = (name: string, parent_id?: string) =>
      send("POST", "/v2/library/folders", { name, parent_id });
    const { id: top } = (await create("Top")).json;
    const { id: inner } = (await create("Inner", top)).json;
    const taken = await create("Top");
    expect([taken.status, taken.json.error.code]).toEqual([409, "conflict"]);
    expectAnswer("v2", "POST /library/folders", taken);
    expect((await send("POST", `/v2/library/folders/${top}/move`, { target_parent_id: inner })).status).toBe(
      400,
    );
    const agent = await findAgent(send, "Research a topic");
    const moved = await send("PATCH", `${AGENTS}/${agent.id}`, { folder_id: inner });
    expect(moved.json.folder_name).toBe("Inner");
    expect((await send("GET", "/v2/library/folders/tree")).json.items).toMatchObject([
      { name: "Top", subfolder_count: 1, children: [{ name: "Inner", agent_count: 1, children: [] }] },
    ]);
    expect((await send("DELETE", `/v2/library/folders/${top}`)).status).toBe(204);
    expect((await send("GET", `/v2/library/folders/${inner}`)).status).toBe(404);
    expect((await send("GET", `${AGENTS}/${agent.id}`)).json.folder_id).toBeNull();
  });
});

describe("X-Team-Id", () => {
  const TEAM = "7ea30000-0000-4000-a000-000000000001";
  const as = (team: string, path: string) =>
    ask(`${emulator.url}/external-api${path}`, { headers: { "X-API-Key": EVERYTHING, "X-Team-Id": team } });

  it("shows in /me and on things; an unknown team is a 403 in v2 and nothing in v1", async () => {
    expect((await as(TEAM, "/v2/me")).json.team).toEqual({ id: TEAM, name: expect.any(String) });
    expect((await as(TEAM, AGENTS)).json.items[0].team_id).toBe(TEAM);
    const other = await as("other", "/v2/me");
    expect([other.status, other.json.error.code]).toEqual([403, "forbidden"]);
    expect((await as("other", "/v1/me")).status).toBe(200);
  });
});

describe("money", () => {
  it("is spent by runs that have ended", async () => {
    const { id } = await findAgent(send, "Summarize a text");
    const before = (await send("GET", "/v2/credits")).json.balance_cents;
    const run = await send("POST", `${AGENTS}/${id}/runs`, { inputs: { text: "x" } });
    expect((await send("GET", "/v2/credits")).json.balance_cents).toBe(before);
    emulator.advanceClock(10);
    const { cost_cents } = (await send("GET", `/v2/runs/${run.json.id}`)).json;
    expect((await send("GET", "/v2/credits")).json.balance_cents).toBe(before - cost_cents);
    const ledger = (await send("GET", "/v2/credits/transactions?transaction_type=USAGE")).json;
    expect(ledger).toMatchObject({ items: [{ amount_cents: -cost_cents }], total_count: null });
    expect((await send("GET", "/v2/credits/cost-summary")).json).toMatchObject({ total_cents: cost_cents });
    const wrong = await send("GET", "/v2/credits/cost-summary?since=2026-02-02T00:00:00Z&until=2026-01-01");
    expect([wrong.status, wrong.json.error.details]).toEqual([422, null]);
  });
});
