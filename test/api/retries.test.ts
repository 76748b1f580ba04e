import { createServer } from "node:http";
import type { ApiClient } from "express-autogpt";
import { describe, expect, test } from "vitest";
import { parseRetryAfter, retryDelay } from "../../src/api/retry.js";
import { clientOf, inTurn, json, listen, problem, type Recorded } from "./servers.js";

const startRun = (api: ApiClient, key?: string) =>
  api.POST("/v2/library/agents/{agent_id}/runs", {
    params: { path: { agent_id: "a" }, ...(key !== undefined && { header: { "Idempotency-Key": key } }) },
    body: { inputs: { topic: "x" } },
  });
const OPERATIONS: Record<string, (api: ApiClient) => Promise<{ response: Response }>> = {
  read: (api) => api.GET("/v2/me"),
  "run start": (api) => startRun(api),
  write: (api) => api.POST("/v2/library/folders", { body: { name: "Reports" } }),
  deletion: (api) => api.DELETE("/v2/files/{file_id}", { params: { path: { file_id: "f" } } }),
  "v1 write": (api) =>
    api.POST("/v1/blocks/{block_id}/execute", { params: { path: { block_id: "b" } }, body: {} }),
};

/** Waits between the calls that came, in milliseconds. */
const waits = (requests: Recorded[]) =>
  requests.slice(1).map(({ at }, i) => Math.round(at - (requests[i]?.at ?? 0)));

describe("which answers are repeated (external-api-v2.md, Safe retries)", () => {
  const all = [400, 402, 403, 404, 408, 409, 413, 422, 425, 428, 429, 500, 501, 502, 503, 504];
  const expected: Record<string, (number | "drop")[]> = {
    read: [429, 500, 502, 503, "drop"],
    "run start": [409, 429, 500, 502, 503, "drop"],
    write: [429],
    deletion: [429],
    "v1 write": [429],
  };
  const cases = Object.keys(expected).flatMap((name) =>
    [...all, "drop" as const].map((fault) => [name, fault, expected[name]?.includes(fault)] as const),
  );

  test.concurrent.for(cases)("%s, %s: %s", async ([name, fault, repeated], { onTestFinished }) => {
    const { url, requests } = await listen(inTurn(fault, 200), onTestFinished);
    const outcome = await OPERATIONS[name]?.(clientOf(url)).catch((error: unknown) => error);
    expect(requests).toHaveLength(repeated ? 2 : 1);
    if (repeated) expect(outcome).toMatchObject({ response: { status: 200 } });
    else if (fault === "drop") expect(outcome).toMatchObject({ name: "PlatformError", status: 503 });
    else expect(outcome).toMatchObject({ response: { status: fault }, error: { error: {} } });
  });
});

describe("how often", () => {
  test("four times, with growing waits; then the answer is handed back", async () => {
    const { url, requests } = await listen(problem(503));
    const { error, response } = await clientOf(url).GET("/v2/blocks");
    expect(response.status).toBe(503);
    expect(error?.error.message).toBe("The answer is 503.");
    expect(requests).toHaveLength(4);
    const between = waits(requests);
    for (const [i, most] of [250, 500, 1000].entries()) {
      expect(between[i]).toBeGreaterThanOrEqual(most / 2 - 5);
      expect(between[i]).toBeLessThan(most + 400);
    }
  });

  test("a platform that is away four times is a PlatformError", async () => {
    const { url, requests } = await listen(inTurn("drop"));
    const error = await clientOf(url).GET("/v2/me").catch(Object);
    expect(error).toMatchObject({ name: "PlatformError", status: 503, retryAfter: 5 });
    expect(error.cause).toBeInstanceOf(Error);
    expect(requests).toHaveLength(4);
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as { port: number }; // a TCP server's address
    await new Promise((resolve) => closed.close(resolve));
    const refused = clientOf(`http://127.0.0.1:${port}`).POST("/v2/library/folders", { body: { name: "x" } });
    await expect(refused).rejects.toMatchObject({ status: 503, cause: { code: "ECONNREFUSED" } });
  });

  test("the wait is between half and all of 250 ms, 500 ms, 1 s", () => {
    const read = { retryOn: [429, 500, 502, 503] };
    const delay = (number: number, random: number) =>
      retryDelay(read, { status: 500, number }, { random: () => random });
    expect([1, 2, 3, 4].map((number) => delay(number, 0))).toEqual([125, 250, 500, undefined]);
    expect([1, 2, 3, 4].map((number) => delay(number, 1))).toEqual([250, 500, 1000, undefined]);
  });
});

describe("Retry-After", () => {
  test.concurrent.for([
    ["seconds", (): string => "1", 950, 1_700],
    ["an HTTP date", (): string => new Date(Date.now() + 2_000).toUTCString(), 900, 2_700],
    ["a date that has passed", (): string => "Wed, 21 Oct 2015 07:28:00 GMT", 0, 600],
    ["nonsense", (): string => "soon", 120, 700],
  ] as const)("%s", async ([, value, least, most], { onTestFinished }): Promise<void> => {
    const { url, requests } = await listen(
      inTurn(problem(429, { "Retry-After": value() }), json({})),
      onTestFinished,
    );
    const { response } = (await OPERATIONS.write?.(clientOf(url))) ?? {};
    expect(response?.status).toBe(200);
    expect(waits(requests)[0]).toBeGreaterThanOrEqual(least);
    expect(waits(requests)[0]).toBeLessThan(most);
  });

  test.each([
    ["60", 429],
    ["31", 503],
    [new Date(Date.now() + 3_600_000).toUTCString(), 429],
    ["99999999999999999999", 429],
  ])("of %s goes beyond the deadline and is handed back at once", async (value, status) => {
    const { url, requests } = await listen(problem(status, { "Retry-After": value }));
    const start = performance.now();
    const { response } = await clientOf(url).GET("/v2/me");
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, value]);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(requests).toHaveLength(1);
  });

  test("callers that are told the same are spread over 250 ms", () => {
    const told = { status: 429, retryAfter: "3", number: 1 } as const;
    expect(retryDelay({ retryOn: [429] }, told, { random: () => 0 })).toBe(3_000);
    expect(retryDelay({ retryOn: [429] }, told, { random: () => 1 })).toBe(3_250);
    expect(parseRetryAfter("Thu, 01 Jan 1970 00:00:05 GMT", 2_000)).toBe(3_000);
  });
});

describe("the start of a run", () => {
  const keys = (requests: Recorded[]) => requests.map(({ headers }) => headers["idempotency-key"]);

  test("carries one key on every try, and the same body", async () => {
    const { url, requests } = await listen(inTurn(503, "drop", 409, 202));
    const { response } = await startRun(clientOf(url));
    expect(response.status).toBe(202);
    expect(keys(requests)[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys(requests)).size).toBe(1);
    expect(requests.map(({ body }) => body)).toEqual(Array(4).fill('{"inputs":{"topic":"x"}}'));
  });

  test("two starts have two keys, and other writes none", async () => {
    const { url, requests } = await listen(json({}));
    const api = clientOf(url);
    await startRun(api);
    await startRun(api);
    await OPERATIONS.write?.(api);
    expect(new Set(keys(requests)).size).toBe(3);
    expect(keys(requests)[2]).toBeUndefined();
  });

  test("the caller's own key is kept, wherever and however it is spelt", async () => {
    const { url, requests } = await listen(json({}));
    const api = clientOf(url);
    const path = { agent_id: "a" };
    const call = (init: object) =>
      api.POST("/v2/library/agents/{agent_id}/runs", { params: { path }, body: { inputs: {} }, ...init });
    await startRun(api, "mine");
    await call({ headers: { "Idempotency-Key": "mine" } });
    await call({ headers: new Headers({ "idempotency-key": "mine" }) });
    await call({ params: { path, header: { "idempotency-key": "mine" } } });
    expect(keys(requests)).toEqual(["mine", "mine", "mine", "mine"]);
  });

  test.each(["", "  "])("a blank key (%j) is none to the platform, so one is made", async (blank) => {
    const { url, requests } = await listen(inTurn(500, 202));
    await startRun(clientOf(url), blank);
    expect(keys(requests)[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys(requests)[1]).toBe(keys(requests)[0]);
  });
});

describe("an AbortSignal", () => {
  test("that is aborted before the call: nothing is sent", async () => {
    const { url, requests } = await listen(json({}));
    const reason = new TypeError("looks like a network fault", { cause: new Error("but is none") });
    const call = clientOf(url).GET("/v2/me", { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(requests).toEqual([]);
  });

  test("during the call: the connection ends, and nothing is repeated", async () => {
    let ended = false;
    const { url, requests } = await listen((_req, res) => {
      res.on("close", () => {
        ended = true;
      });
    });
    const call = clientOf(url).GET("/v2/me", { signal: AbortSignal.timeout(100) });
    await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
    await expect.poll(() => ended).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(requests).toHaveLength(1);
  });

  test("during a wait: at once, with its reason", async () => {
    const { url, requests } = await listen(problem(429, { "Retry-After": "20" }));
    const start = performance.now();
    const call = clientOf(url).GET("/v2/me", { signal: AbortSignal.timeout(200) });
    await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(requests).toHaveLength(1);
  });

  test("while the answer comes", async () => {
    const { url } = await listen((_req, res) => {
      res.writeHead(200, { "Content-Type": "application/json" }).write("{");
    });
    const call = clientOf(url).GET("/v2/me", { signal: AbortSignal.timeout(150) });
    await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
