import { type Agent, type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readInputs } from "../../examples/web-app/inputs.js";
import { type Listening, startExample } from "./example-app.js";

let emulator: Emulator;
let app: Listening;
let agent: Agent;

beforeAll(async () => {
  emulator = await startEmulator();
  app = await startExample(emulator);
});
afterAll(() => Promise.all([app.stop(), emulator.stop()]));
beforeEach(async () => {
  agent = await emulator.signIn(app.url, { scopes: ["RUN_AGENT", "READ_RUN"] });
});

/** The path of the form of the agent with that name. */
async function formOf(name: string): Promise<string> {
  const text = await (await agent.fetch("/agents", { headers: { accept: "text/html" } })).text();
  const [, path] = new RegExp(`href="([^"]+)">Run ${name}<`).exec(text) ?? [];
  return path ?? "";
}

describe("the example's agents", () => {
  it("have a form made from their schema", async () => {
    const text = await (await agent.fetch(await formOf("Research a topic"))).text();
    expect(text).toContain('<input name="topic" type="text" value="" required>');
    expect(text).toContain("<option selected>short</option><option>long</option>");
    const other = await (await agent.fetch(await formOf("Summarize a text"))).text();
    expect(other).toContain('<input name="sentences" type="number" value="3">');
  });

  it("run with what was filled in, and say so when that will not do", async () => {
    const path = await formOf("Summarize a text");
    const started = await agent.fetch(path, {
      method: "POST",
      body: new URLSearchParams({ text: "Tea", sentences: "2" }),
    });
    expect([started.status, started.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^\/runs\//),
    ]);
    const run = started.headers.get("location") ?? "";
    expect(await (await agent.fetch(run)).text()).toContain('<meta http-equiv="refresh" content="2">');
    emulator.advanceClock(5);
    const done = await (await agent.fetch(run)).text();
    expect(done).toContain("In 2 sentences: Tea");
    expect(done).not.toContain("http-equiv");

    const refused = await agent.fetch(path, {
      method: "POST",
      body: new URLSearchParams({ sentences: "2" }),
    });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("AutoGPT does not take these inputs.");
  });

  it("are not run by a page of another site, nor shown when there are none", async () => {
    const path = await formOf("Summarize a text");
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await agent.fetch(path, { method: "POST", headers })).status).toBe(403);
    for (const missing of [
      "/agents/5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a99/run",
      "/runs/5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a99",
    ])
      expect((await agent.fetch(missing)).status).toBe(404);
    emulator.addFault({ path: "/external-api/v2/library/agents", times: 9, status: 500, body: {} });
    expect((await agent.fetch("/agents", { headers: { accept: "text/html" } })).status).toBe(502);
  });
});

describe("inputs", () => {
  it("have the types of the schema", () => {
    const properties = {
      a: { type: "string" },
      b: { type: "integer" },
      c: { type: "array" },
      d: { type: "number" },
    };
    const form = { a: "1", b: "2", c: "[3]", d: "four", e: "not in the schema" };
    expect(readInputs({ properties }, form)).toEqual({ a: "1", b: 2, c: [3], d: "four" });
    expect(readInputs({ properties }, { a: "", b: ["x"] })).toEqual({});
    expect([readInputs(null, undefined), readInputs("x", 7)]).toEqual([{}, {}]);
  });
});
