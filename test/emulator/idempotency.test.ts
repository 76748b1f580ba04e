import { describe, expect, it } from "vitest";
import { expectAnswer } from "./documents.js";
import { EVERYTHING, findAgent, OF_GRACE, sender, twoKeys } from "./good-requests.js";
import { emulatorForTests, post, type Reply } from "./setup.js";

const emulator = await emulatorForTests({ api_keys: twoKeys });
const send = sender(emulator, EVERYTHING);
const PATH = "POST /library/agents/{agent_id}/runs";

async function startWith(
  key: string,
  inputs: object,
  { name = "Summarize a text", credential = EVERYTHING } = {},
): Promise<Reply> {
  const { id } = await findAgent(sender(emulator, credential), name);
  const headers = { "X-API-Key": credential, "Idempotency-Key": key };
  const url = `${emulator.url}/external-api/v2/library/agents/${id}/runs`;
  const reply = await post(url, { inputs }, headers);
  expectAnswer("v2", PATH, reply);
  return reply;
}

async function countRuns(): Promise<number> {
  return (await send("GET", "/v2/runs")).json.total_count;
}

describe("an Idempotency-Key", () => {
  it("gives the first run for the same request, as it is by now", async () => {
    const first = await startWith("key", { text: "x", sentences: 1 });
    emulator.advanceClock(10);
    const second = await startWith("  key  ", { sentences: 1, text: "x" });
    expect([second.status, second.json.id]).toEqual([202, first.json.id]);
    expect([first.json.status, second.json.status]).toEqual(["QUEUED", "COMPLETED"]);
    expect(await countRuns()).toBe(1);
  });

  it("is a 422 with another body or another agent", async () => {
    await startWith("key", { text: "x" });
    const other = await startWith("key", { text: "y" });
    expect([other.status, other.json.error.code]).toEqual([422, "validation_error"]);
    expect((await startWith("key", { topic: "x" }, { name: "Research a topic" })).status).toBe(422);
    expect(await countRuns()).toBe(1);
  });

  it("is a 409 while the first is still starting, and then gives it", async () => {
    await post(`${emulator.url}/_emulator/settings`, { run_start_ms: 400 });
    const first = startWith("key", { text: "x" });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const early = await startWith("key", { text: "x" });
    expect([early.status, early.json.error.code]).toEqual([409, "conflict"]);
    const { id } = (await first).json;
    expect((await startWith("key", { text: "x" })).json.id).toBe(id);
    expect(await countRuns()).toBe(1);
  });

  it("that is blank is none", async () => {
    await startWith("   ", { text: "x" });
    await startWith("   ", { text: "x" });
    expect(await countRuns()).toBe(2);
  });

  it("is forgotten after a day, and has 255 characters at most", async () => {
    const { json } = await startWith("key", { text: "x" });
    emulator.advanceClock(24 * 60 * 60 + 1);
    expect((await startWith("key", { text: "x" })).json.id).not.toBe(json.id);
    expect((await startWith("k".repeat(255), { text: "x" })).status).toBe(202);
    const long = await startWith("k".repeat(256), { text: "x" });
    expect(long.json.error.details.errors).toMatchObject([
      { type: "string_too_long", loc: ["header", "Idempotency-Key"] },
    ]);
  });

  it("is free again after a start that was refused", async () => {
    expect((await startWith("key", {})).status).toBe(422);
    expect((await startWith("key", { text: "x" })).status).toBe(202);
  });

  it("finds the run of a start whose answer was lost", async () => {
    const { id } = await findAgent(send, "Summarize a text");
    const path = `/external-api/v2/library/agents/${id}/runs`;
    emulator.addFault({ method: "POST", path, drop: "after" });
    await expect(startWith("key", { text: "x" })).rejects.toThrow();
    const { json } = await startWith("key", { text: "x" });
    expect((await send("GET", "/v2/runs")).json.items.map((run: { id: string }) => run.id)).toEqual([
      json.id,
    ]);
  });

  it("belongs to its user", async () => {
    await startWith("key", { text: "x" });
    expect((await startWith("key", { text: "y" }, { credential: OF_GRACE })).status).toBe(202);
  });
});
