import { describe, expect, it } from "vitest";
import { expectAnswer } from "./documents.js";
import { EVERYTHING, findAgent, OF_GRACE, sender, twoKeys } from "./good-requests.js";
import { emulatorForTests, post } from "./setup.js";

const emulator = await emulatorForTests({ api_keys: twoKeys, runStartMs: 0 });
const send = sender(emulator, EVERYTHING);

async function start(name: string, inputs: object) {
  const { id } = await findAgent(send, name);
  const reply = await send("POST", `/v2/library/agents/${id}/runs`, { inputs });
  expect(reply.status, reply.text).toBe(202);
  return reply.json as { id: string; graph_id: string };
}
const read = async (id: string) => {
  const reply = await send("GET", `/v2/runs/${id}`);
  expectAnswer("v2", "GET /runs/{run_id}", reply);
  return reply.json;
};

describe("a run", () => {
  it("is queued, runs and completes by the clock, with outputs that depend on its inputs", async () => {
    const { id } = await start("Summarize a text", { text: "A long text", sentences: 2 });
    expect(await read(id)).toMatchObject({ status: "QUEUED", started_at: null, ended_at: null, outputs: {} });
    emulator.advanceClock(1);
    expect(await read(id)).toMatchObject({ status: "RUNNING", ended_at: null, cost_cents: 0 });
    emulator.advanceClock(2);
    const done = await read(id);
    expect(done).toMatchObject({
      status: "COMPLETED",
      inputs: { text: "A long text", sentences: 2 },
      outputs: { summary: ["In 2 sentences: A long text"] },
      duration_seconds: 2,
      credentials_inputs: {},
      is_shared: false,
    });
    expect(done.cost_cents).toBeGreaterThan(0);
    expect(Date.parse(done.ended_at) - Date.parse(done.started_at)).toBe(2000);
    expect(done.node_executions[0].status).toBe("COMPLETED");
  });

  it("moves in real time too", async () => {
    const { id } = await start("Summarize a text", { text: "x" });
    await expect.poll(async () => (await read(id)).status, { timeout: 5000 }).toBe("RUNNING");
    await expect.poll(async () => (await read(id)).status, { timeout: 5000 }).toBe("COMPLETED");
  });

  it("fails where the agent does, and says so on the pin named error", async () => {
    const { id } = await start("Check a website", { url: "https://example.com" });
    emulator.advanceClock(10);
    const run = await read(id);
    expect([run.status, run.outputs]).toEqual(["FAILED", {}]);
    expect(run.node_executions).toMatchObject([
      { status: "FAILED", outputs: { error: [expect.any(String)] } },
    ]);
  });

  it("can be stopped until it is final, then 409", async () => {
    const { id } = await start("Summarize a text", { text: "x" });
    const stopped = await send("POST", `/v2/runs/${id}/stop`);
    expect([stopped.status, stopped.json.status]).toEqual([202, "TERMINATED"]);
    expectAnswer("v2", "POST /runs/{run_id}/stop", stopped);
    emulator.advanceClock(10);
    expect((await read(id)).status).toBe("TERMINATED");
    const again = await send("POST", `/v2/runs/${id}/stop`);
    expect([again.status, again.json.error.code]).toEqual([409, "conflict"]);
    expectAnswer("v2", "POST /runs/{run_id}/stop", again);
  });

  it("can be shared, each time by another link, and deleted", async () => {
    const { id } = await start("Summarize a text", { text: "x" });
    const first = (await send("POST", `/v2/runs/${id}/share`)).json;
    const second = (await send("POST", `/v2/runs/${id}/share`)).json;
    expect(second.share_token).not.toBe(first.share_token);
    expect(second.share_url).toContain(second.share_token);
    expect(await read(id)).toMatchObject({ is_shared: true, share_token: second.share_token });
    expect((await send("DELETE", `/v2/runs/${id}/share`)).status).toBe(204);
    expect(await read(id)).toMatchObject({ is_shared: false, share_token: null });
    expect((await send("DELETE", `/v2/runs/${id}`)).status).toBe(204);
    expect((await send("GET", `/v2/runs/${id}`)).json.error.code).toBe("not_found");
  });

  it("is nobody else's, and gone after a reset", async () => {
    const { id } = await start("Summarize a text", { text: "x" });
    const grace = sender(emulator, OF_GRACE);
    expect((await grace("GET", `/v2/runs/${id}`)).status).toBe(404);
    expect((await grace("GET", "/v2/runs")).json.items).toEqual([]);
    await post(`${emulator.url}/_emulator/reset`, {});
    expect((await send("GET", `/v2/runs/${id}`)).status).toBe(404);
  });
});

describe("inputs", () => {
  it.each([
    ["unknown", { text: "x", nope: 1 }, [["nope", "extra_forbidden"]]],
    ["missing", {}, [["text", "missing"]]],
    ["null", { text: null }, [["text", "missing"]]],
    [
      "both",
      { nope: 1 },
      [
        ["nope", "extra_forbidden"],
        ["text", "missing"],
      ],
    ],
  ])("%s ones are a 422 that names them", async (_name, inputs, expected) => {
    const { id } = await findAgent(send, "Summarize a text");
    const reply = await send("POST", `/v2/library/agents/${id}/runs`, { inputs });
    expect([reply.status, reply.json.error.code]).toEqual([422, "validation_error"]);
    const { errors } = reply.json.error.details;
    expect(errors.map(({ loc, type }: { loc: string[]; type: string }) => [loc, type])).toEqual(
      expected.map(([name, type]) => [["body", "inputs", name], type]),
    );
  });
});

describe("the list of runs", () => {
  it("has the newest first and filters by several statuses, graph and time", async () => {
    const first = await start("Summarize a text", { text: "1" });
    emulator.advanceClock(10);
    const second = await start("Check a website", { url: "2" });
    emulator.advanceClock(10);
    const between = encodeURIComponent(new Date(emulator.now().getTime() - 15_000).toISOString());
    const third = await start("Summarize a text", { text: "3" });
    const list = async (query: string) => {
      const reply = await send("GET", `/v2/runs?${query}`);
      expectAnswer("v2", "GET /runs", reply);
      return reply.json.items.map(({ id }: { id: string }) => id);
    };
    expect(await list("")).toEqual([third.id, second.id, first.id]);
    expect(await list("statuses=COMPLETED&statuses=QUEUED")).toEqual([third.id, first.id]);
    expect(await list(`graph_id=${second.graph_id}`)).toEqual([second.id]);
    expect(await list(`started_before=${between}`)).toEqual([first.id]);
    expect(await list(`started_after=${between}`)).toEqual([third.id, second.id]);
    const wrong = await send("GET", "/v2/runs?statuses=DONE");
    expect(wrong.json.error.details.errors[0]).toMatchObject({ type: "enum", loc: ["query", "statuses", 0] });
  });
});

describe("the control of a run", () => {
  it("puts it anywhere and keeps it there", async () => {
    const { id } = await start("Summarize a text", { text: "x" });
    for (const status of ["RUNNING", "REVIEW", "FAILED", "INCOMPLETE", "COMPLETED"] as const) {
      emulator.setRunStatus(id, status);
      emulator.advanceClock(60);
      expect((await read(id)).status).toBe(status);
    }
    const control = (run: string, body: object) => post(`${emulator.url}/_emulator/runs/${run}`, body);
    expect((await control(id, { status: "TERMINATED" })).json).toEqual({ status: "ok" });
    expect((await read(id)).status).toBe("TERMINATED");
    expect((await control(id, { status: "DONE" })).json.error).toContain("status must be one of");
    expect((await control("nobody", { status: "FAILED" })).status).toBe(404);
    expect(() => emulator.setRunStatus("nobody", "FAILED")).toThrow("No run has the id");
  });
});

describe("v1", () => {
  it("starts the same runs by graph and reads them until they have completed", async () => {
    const { graph_id } = await findAgent(send, "Summarize a text");
    const body = { node_input: { text: "x" } };
    const { json } = await send("POST", `/v1/graphs/${graph_id}/execute/1`, body);
    const results = `/v1/graphs/${graph_id}/executions/${json.id}/results`;
    expect((await send("GET", results)).json).toMatchObject({ status: "QUEUED", output: null });
    emulator.advanceClock(10);
    const done = { status: "COMPLETED", output: [{ summary: "In 3 sentences: x" }] };
    expect((await send("GET", results)).json).toMatchObject(done);
    expect((await read(json.id)).status).toBe("COMPLETED");
    expect((await send("POST", `/v1/graphs/${graph_id}/execute/9`, body)).status).toBe(400);
  });
});
