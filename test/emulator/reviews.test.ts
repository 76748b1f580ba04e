import { beforeEach, describe, expect, it } from "vitest";
import { expectAnswer } from "./documents.js";
import { findAgent, sender } from "./good-requests.js";
import { emulatorForTests } from "./setup.js";

const emulator = await emulatorForTests({ runStartMs: 0 });
const send = sender(emulator, "agpt_ExampleApiKeyOfTheEmulatorNotASecret0000000");

let run = { id: "", graph_id: "" };
beforeEach(async () => {
  const { id } = await findAgent(send, "Draft a newsletter");
  run = (await send("POST", `/v2/library/agents/${id}/runs`, { inputs: { subject: "spring" } })).json;
  emulator.advanceClock(10);
});

const read = async () => (await send("GET", `/v2/runs/${run.id}`)).json;
const list = async (query = "") => {
  const reply = await send("GET", `/v2/runs/reviews?${query}`);
  expectAnswer("v2", "GET /runs/reviews", reply);
  return reply.json.items;
};
const answer = (reviews: object[]) => send("POST", `/v2/runs/${run.id}/reviews`, { reviews });
const waiting = async () => (await list("status=WAITING"))[0].node_exec_id as string;

describe("a review", () => {
  it("waits without limit, and is listed with its run", async () => {
    emulator.advanceClock(1_000_000);
    expect((await read()).status).toBe("REVIEW");
    expect(await list(`run_id=${run.id}&status=WAITING`)).toMatchObject([
      {
        run_id: run.id,
        graph_id: run.graph_id,
        payload: "Dear customers, news about spring.",
        status: "WAITING",
        editable: true,
        processed: false,
        reviewed_at: null,
      },
    ]);
    expect(await list("run_id=other")).toEqual([]);
    expect(await list("status=APPROVED")).toEqual([]);
  });

  it("approved: the run goes on and hands the payload out", async () => {
    const reply = await answer([{ node_exec_id: await waiting(), approved: true, message: "Good" }]);
    expect([reply.status, reply.json]).toEqual([
      202,
      { run_id: run.id, approved_count: 1, rejected_count: 0 },
    ]);
    expect((await read()).status).toBe("RUNNING");
    emulator.advanceClock(1);
    expect(await read()).toMatchObject({
      status: "COMPLETED",
      outputs: { newsletter: ["Dear customers, news about spring."] },
    });
    expect(await list()).toMatchObject([{ status: "APPROVED", processed: true, reviewer_comment: "Good" }]);
  });

  it("edited: what the person wrote comes out", async () => {
    await answer([{ node_exec_id: await waiting(), approved: true, edited_payload: { text: "Mine" } }]);
    emulator.advanceClock(1);
    expect((await read()).outputs).toEqual({ newsletter: [{ text: "Mine" }] });
  });

  it("rejected: the run completes without the output", async () => {
    const reply = await answer([{ node_exec_id: await waiting(), approved: false }]);
    expect(reply.json).toMatchObject({ approved_count: 0, rejected_count: 1 });
    emulator.advanceClock(1);
    expect(await read()).toMatchObject({ status: "COMPLETED", outputs: {} });
    expect(await list()).toMatchObject([{ status: "REJECTED" }]);
  });

  it("must be answered with every other, and only where it waits", async () => {
    const node_exec_id = await waiting();
    const good = { node_exec_id, approved: true };
    for (const reviews of [
      [],
      [{ node_exec_id: "other", approved: true }],
      [good, { ...good, node_exec_id: "o" }],
    ]) {
      const reply = await answer(reviews);
      expect([reply.status, reply.json.error.code]).toEqual([400, "bad_request"]);
    }
    expect((await read()).status).toBe("REVIEW");
    expect((await answer([good])).status).toBe(202);
    expect((await answer([good])).status).toBe(400);
    expect((await send("POST", "/v2/runs/other/reviews", { reviews: [] })).status).toBe(404);
  });

  it("of a stopped run waits for nobody", async () => {
    await send("POST", `/v2/runs/${run.id}/stop`);
    expect(await list("status=WAITING")).toEqual([]);
    expect(await list()).toMatchObject([{ status: "REJECTED", processed: true }]);
  });

  it("is not asked for with the safe mode off", async () => {
    await send("PATCH", `/v2/graphs/${run.graph_id}/settings`, { human_in_the_loop_safe_mode: false });
    const { id } = await findAgent(send, "Draft a newsletter");
    const { json } = await send("POST", `/v2/library/agents/${id}/runs`, { inputs: { subject: "x" } });
    emulator.advanceClock(10);
    expect((await send("GET", `/v2/runs/${json.id}`)).json).toMatchObject({
      status: "COMPLETED",
      outputs: { newsletter: ["Dear customers, news about x."] },
    });
  });
});
