import type { RequestListener } from "node:http";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { clientOf, inTurn, json, KEY, listen, problem, TOKEN } from "./servers.js";

const text =
  (status: number, body: string, type = "text/html"): RequestListener =>
  (_req, res) =>
    void res.writeHead(status, { "Content-Type": type }).end(body);
const JSON_TYPE = "application/json";
const PAGE = "<html><h1>nginx</h1>";

describe("an answer that is not the API's is a PlatformError", () => {
  test.each<[string, RequestListener, number]>([
    ["HTML from a proxy, 502", text(502, PAGE), 503],
    ["HTML from a proxy, 504", text(504, PAGE), 503],
    ["nothing from a proxy, 502", (_req, res) => res.writeHead(502, { "Content-Length": 0 }).end(), 503],
    ["v1's plain 500", text(500, "Internal Server Error", "text/plain"), 503],
    ["HTML, 429", text(429, PAGE), 503],
    ["HTML, 404", text(404, PAGE), 502],
    ["nothing, 403", (_req, res) => res.writeHead(403, { "Content-Length": 0 }).end(), 502],
    ["broken JSON, 403", text(403, "{", JSON_TYPE), 502],
    ["a JSON string, 403", text(403, '"no"', JSON_TYPE), 502],
    ["null, 403", text(403, "null", JSON_TYPE), 502],
    ["HTML, 200", text(200, PAGE), 502],
    ["text, 200", text(200, "{}", "text/plain"), 502],
    ["no type, 200", (_req, res) => res.writeHead(200).end("{}"), 502],
    ["broken JSON, 200", text(200, '{"id": ', JSON_TYPE), 502],
    ["nothing, 200", (_req, res) => res.writeHead(200, { "Content-Length": 0 }).end(), 502],
    ["nothing that says it is JSON, 200", text(200, "", JSON_TYPE), 502],
  ])("%s", async (_name, answer, status) => {
    const { url } = await listen(answer);
    for (const call of [
      () => clientOf(url).POST("/v2/library/folders", { body: { name: "x" } }),
      () => clientOf(url).DELETE("/v2/files/{file_id}", { params: { path: { file_id: "f" } } }),
    ]) {
      const error = await call().catch(Object);
      expect(error).toMatchObject({ name: "PlatformError", status });
      expect(error.message).not.toMatch(/nginx|Internal/);
      if (status === 503) expect(error).toMatchObject({ retryAfter: 5, headers: { "Retry-After": "5" } });
      else expect(error.headers).toEqual({});
    }
  });

  test.each([200, 400])("one that breaks off, %i", async (status) => {
    const { url } = await listen((req, res) => {
      res.writeHead(status, { "Content-Type": JSON_TYPE, "Content-Length": 100 }).write("{");
      setTimeout(() => req.socket.destroy(), 50);
    });
    const error = await clientOf(url)
      .POST("/v2/library/folders", { body: { name: "x" } })
      .catch(Object);
    expect(error).toMatchObject({ name: "PlatformError", status: 503, cause: expect.any(Error) });
  });

  test("a read sees it only when repeating did not help", async () => {
    const { url, requests } = await listen(inTurn(text(502, PAGE), json({ items: [] })));
    expect((await clientOf(url).GET("/v2/blocks")).data).toEqual({ items: [] });
    expect(requests).toHaveLength(2);
  });
});

describe("an answer of the API", () => {
  test("of 204 has no data and no error", async () => {
    const { url } = await listen((_req, res) => res.writeHead(204).end());
    const call = clientOf(url).DELETE("/v2/files/{file_id}", { params: { path: { file_id: "f" } } });
    const { data, error, response } = await call;
    expect([data, error, response.status]).toEqual([undefined, undefined, 204]);
  });

  test.each(["application/problem+json", "application/json; charset=utf-8", "Application/JSON"])(
    "may be %s",
    async (type) => {
      const { url } = await listen(text(403, '{"error":{"code":"forbidden"}}', type));
      const { error } = await clientOf(url).GET("/v2/me");
      expect(error?.error.code).toBe("forbidden");
    },
  );

  test("of v1 has a detail", async () => {
    const { url } = await listen(json({ detail: "Missing required permission(s): IDENTITY" }, 403));
    const { error } = await clientOf(url).GET("/v1/me");
    expect(error?.detail).toBe("Missing required permission(s): IDENTITY");
  });
});

test("no error holds the credential, however deep one looks", async () => {
  const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const echo: RequestListener = (req, res) => {
    const { authorization = "", "x-api-key": key = "" } = req.headers;
    res.writeHead(502, { "Content-Type": "text/html", "X-Echo": `${authorization}${key}` });
    res.end(`<html>${authorization}${key}`);
  };
  const closed = await listen(json({}));
  const errors: unknown[] = [];
  for (const answer of [echo, inTurn("drop"), text(200, PAGE), problem(422)]) {
    const { url } = await listen(answer);
    for (const credential of [{ apiKey: KEY }, { accessToken: TOKEN }]) {
      const api = clientOf(url, credential);
      const calls = [
        () => api.POST("/v2/library/folders", { body: { name: "x" } }),
        () => api.POST("/v1/blocks/{block_id}/execute", { params: { path: { block_id: "b" } }, body: {} }),
        // @ts-expect-error: no such path
        () => api.GET("//evil.example"),
        () => api.GET("/v2/me", { headers: { Authorization: `Bearer ${TOKEN}\n` } }),
        () => api.GET("/v2/me", { signal: AbortSignal.abort() }),
      ];
      for (const call of calls)
        errors.push(
          await call().then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
    }
  }
  expect(errors.filter((error) => error instanceof Error).length).toBeGreaterThan(30);
  expect(closed.requests).toEqual([]);
  const shown = inspect(errors, { depth: 10, showHidden: true, maxArrayLength: null });
  expect(shown).not.toMatch(/for-tests/);
  expect(JSON.stringify(errors)).not.toMatch(/for-tests/);
  expect(inspect(warnings.mock.calls)).not.toMatch(/for-tests/);
  warnings.mockRestore();
});
