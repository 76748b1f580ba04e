import { ApiError, type Run, RunUnfinishedError, runAgent, waitForRun } from "express-autogpt";
import { describe, expect, test } from "vitest";
import { clientOf, inTurn, json, listen, problem } from "./servers.js";

const run = (status: string, more: object = {}) => json({ id: "run-1", status, ...more });
const startOf = (status = "QUEUED") => json({ id: "run-1", status }, 202);

/** A run at a server that goes through these states, one more at each poll. */
async function story(...states: Parameters<typeof inTurn>) {
  const { url, requests } = await listen(inTurn(startOf(), ...states));
  const seen: string[] = [];
  return { api: clientOf(url), requests, seen, onProgress: ({ status }: Run) => void seen.push(status) };
}

describe("runAgent", () => {
  test("starts the run, polls until it is done, and tells of each change once", async () => {
    const outputs = { report: ["Q3 was good"] };
    const { api, requests, seen, onProgress } = await story(
      run("QUEUED"),
      run("RUNNING"),
      run("RUNNING"),
      run("COMPLETED", { outputs }),
    );
    const result = await runAgent(api, "agent/1", { topic: "Q3" }, { onProgress });
    expect(result).toMatchObject({ status: "COMPLETED", outputs, run: { id: "run-1" } });
    expect(seen).toEqual(["QUEUED", "RUNNING", "COMPLETED"]);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /external-api/v2/library/agents/agent%2F1/runs",
      ...Array(4).fill("GET /external-api/v2/runs/run-1"),
    ]);
    expect(requests[0]?.body).toBe('{"inputs":{"topic":"Q3"}}');
    const waits = requests.slice(2).map(({ at }, i) => at - (requests[i + 1]?.at ?? 0));
    expect(waits[0]).toBeGreaterThan(950);
    expect(waits[1]).toBeGreaterThan(1_450);
    expect(waits[2]).toBeGreaterThan(2_200);
  });

  test.each(["COMPLETED", "FAILED", "TERMINATED", "REVIEW"])("%s is a result", async (status) => {
    const { api, requests, seen, onProgress } = await story(run(status));
    const result = await runAgent(api, "a", {}, { onProgress });
    expect(result).toMatchObject({ status, outputs: {} });
    expect(seen).toEqual([status]);
    expect(requests).toHaveLength(2);
  });

  test("after a review one waits on with waitForRun", async () => {
    const { api } = await story(run("REVIEW"), run("COMPLETED", { outputs: { x: [1] } }));
    const { status, run: waiting } = await runAgent(api, "a", {});
    expect(status).toBe("REVIEW");
    expect(await waitForRun(api, waiting.id)).toMatchObject({ status: "COMPLETED", outputs: { x: [1] } });
  });

  test("sends the caller's own key, and the same start is one run", async () => {
    const { api, requests } = await story(run("COMPLETED"));
    await runAgent(api, "a", {}, { idempotencyKey: "order-7" });
    expect(requests[0]?.headers["idempotency-key"]).toBe("order-7");
  });

  test.each([{ timeoutMs: Number.NaN }, { timeoutMs: -1 }, { timeoutMs: "5s" }, { onProgress: 5 }])(
    "starts nothing with %j",
    async (wrong) => {
      const { api, requests } = await story(run("COMPLETED"));
      await expect(runAgent(api, "a", {}, wrong as object)).rejects.toThrow(TypeError);
      expect(requests).toHaveLength(0);
    },
  );

  test("a start that is refused for its inputs says which, without their values", async () => {
    const errors = [
      { type: "missing", loc: ["body", "inputs", "topic"], msg: "secret value", input: "secret" },
    ];
    const { url } = await listen(
      json({ error: { code: "validation_error", message: "secret", details: { errors } } }, 422),
    );
    const error = await runAgent(clientOf(url), "a", {}).catch(Object);
    expect(error.message).toContain("body.inputs.topic missing");
    expect(error.message).not.toContain("secret");
  });

  test("a refused start is an ApiError, and nothing is polled", async () => {
    const { url, requests } = await listen(problem(402));
    const error = await runAgent(clientOf(url), "a", {}).catch(Object);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      platformStatus: 402,
      operation: "POST /v2/library/agents/{agent_id}/runs",
    });
    expect(requests).toHaveLength(1);
  });

  test("a platform that is away for longer than a call tries loses no run", async () => {
    const { api, requests } = await story(
      ...Array(4).fill(problem(503)),
      run("COMPLETED", { outputs: { x: [1] } }),
    );
    expect(await runAgent(api, "a", {})).toMatchObject({ status: "COMPLETED", outputs: { x: [1] } });
    expect(requests).toHaveLength(6);
  });

  test("a run that is gone is an ApiError", async () => {
    const { api } = await story(problem(404));
    await expect(runAgent(api, "a", {})).rejects.toMatchObject({
      platformStatus: 404,
      operation: "GET /v2/runs/{run_id}",
    });
  });
});

describe("the waiting ends", () => {
  test("when its time is up, not before, with a last look, and the error names the run", async () => {
    const { api, requests } = await story(run("RUNNING"));
    const start = performance.now();
    const error = await runAgent(api, "a", {}, { timeoutMs: 1_300 }).catch(Object);
    const took = performance.now() - start;
    expect(error).toBeInstanceOf(RunUnfinishedError);
    expect(error).toMatchObject({ runId: "run-1", status: 504, code: "run_unfinished" });
    expect(error.message).toContain("(RUNNING)");
    expect(took).toBeGreaterThanOrEqual(1_300);
    expect(took).toBeLessThan(2_300); // the next look would be at 2.5 s
    expect(requests).toHaveLength(4); // the start; at 0 s, 1 s and 1.3 s
  });

  test("at once with timeoutMs 0, after one look", async () => {
    const { api, requests } = await story(run("INCOMPLETE"));
    await expect(waitForRun(api, "run-1", { timeoutMs: 0 })).rejects.toThrow(RunUnfinishedError);
    expect(requests).toHaveLength(1);
  });

  test("when the signal says so, with its reason", async () => {
    const { api, requests } = await story(run("RUNNING"));
    const controller = new AbortController();
    const reason = new Error("the visitor left");
    const waiting = runAgent(
      api,
      "a",
      {},
      {
        signal: controller.signal,
        onProgress: () => {
          setTimeout(() => controller.abort(reason), 50);
        },
      },
    );
    await expect(waiting).rejects.toBe(reason);
    expect(requests).toHaveLength(2);
    await expect(runAgent(api, "a", {}, { signal: controller.signal })).rejects.toBe(reason);
    expect(requests).toHaveLength(2);
  });

  test("when onProgress throws", async () => {
    const { api } = await story(run("RUNNING"));
    const fault = new Error("of the app");
    const onProgress = () => {
      throw fault;
    };
    await expect(runAgent(api, "a", {}, { onProgress })).rejects.toBe(fault);
  });
});
