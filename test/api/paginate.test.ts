import { ApiError, PlatformError, paginate } from "express-autogpt";
import { describe, expect, test } from "vitest";
import { clientOf, inTurn, json, listen } from "./servers.js";

const page = (ids: string[], next_cursor: string | null) =>
  json({ items: ids.map((id) => ({ id })), next_cursor, total_count: 5 });
const threePages = () => inTurn(page(["a", "b"], "c&2 ="), page(["c"], "c3"), page(["d", "e"], null));
const queries = (requests: { url: string }[]) =>
  requests.map(({ url }) => [...new URL(url, "http://x").searchParams]);

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("paginate", () => {
  test("goes through all pages with the same filters, until the cursor is null", async () => {
    const { url, requests } = await listen(threePages());
    const init = {
      params: { query: { limit: 2, statuses: ["FAILED" as const, "COMPLETED" as const] } },
      headers: { "X-Mine": "1" },
    };
    const runs = await all(paginate(clientOf(url), "/v2/runs", init));
    expect(runs.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
    const filters = [
      ["limit", "2"],
      ["statuses", "FAILED"],
      ["statuses", "COMPLETED"],
    ];
    expect(queries(requests)).toEqual([
      filters,
      [...filters, ["cursor", "c&2 ="]],
      [...filters, ["cursor", "c3"]],
    ]);
    expect(requests.map(({ headers }) => headers["x-mine"])).toEqual(["1", "1", "1"]);
    expect(init.params.query).not.toHaveProperty("cursor");
  });

  test("asks for a page only when it is needed", async () => {
    const { url, requests } = await listen(threePages());
    const items = paginate(clientOf(url), "/v2/library/agents");
    expect(requests).toHaveLength(0);
    for await (const { id } of items) if (id === "b") break;
    expect(requests).toHaveLength(1);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(requests).toHaveLength(1);
  });

  test("can start at a cursor and ends where next_cursor is missing", async () => {
    const { url, requests } = await listen(inTurn(page(["a"], "c2"), json({ items: [] })));
    await all(paginate(clientOf(url), "/v2/blocks", { params: { query: { cursor: "c1" } } }));
    expect(queries(requests)).toEqual([[["cursor", "c1"]], [["cursor", "c2"]]]);
  });

  test("an error page is an ApiError that says which operation failed", async () => {
    const answer = json({ error: { code: "bad_request", message: "Invalid cursor", details: null } }, 400);
    const { url } = await listen(inTurn(page(["a"], "c2"), answer));
    const seen: string[] = [];
    const error = await (async () => {
      for await (const { id } of paginate(clientOf(url), "/v2/library/agents")) seen.push(id);
    })().catch(Object);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      operation: "GET /v2/library/agents",
      platformStatus: 400,
      platformCode: "bad_request",
      message: "GET /v2/library/agents was answered 400 bad_request: Invalid cursor.",
    });
    expect(seen).toEqual(["a"]);
  });

  test("a 422, which repeats what was sent, does not stand in the message", async () => {
    const details = { errors: [{ type: "x", loc: ["query", "limit"], msg: "m", input: "SECRET" }] };
    const { url } = await listen(
      json({ error: { code: "validation_error", message: "limit SECRET is wrong", details } }, 422),
    );
    const error = await all(paginate(clientOf(url), "/v2/blocks")).catch(Object);
    expect(error.message).toBe("GET /v2/blocks was answered 422 validation_error: query.limit x.");
    expect(JSON.stringify(error)).not.toContain("SECRET");
  });

  test("a rate limit is a 503 with Retry-After", async () => {
    const body = { error: { code: "rate_limit_exceeded", message: "Slow down", details: null } };
    const { url } = await listen(json(body, 429, { "Retry-After": "55" }));
    const error = await all(paginate(clientOf(url), "/v2/blocks")).catch(Object);
    expect(error).toMatchObject({ name: "ApiError", status: 503, headers: { "Retry-After": "55" } });
  });

  test.each([
    ["the same cursor again and again", ["same"]],
    ["cursors that go in a circle", ["one", "two", "three"]],
  ])("%s is a PlatformError, not an endless loop", async (_name, cursors) => {
    let number = 0;
    const { url, requests } = await listen((req, res) => {
      number += 1;
      page([`i${number}`], cursors[number % cursors.length] ?? null)(req, res);
    });
    const error = await all(paginate(clientOf(url), "/v2/library/agents")).catch(Object);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toMatch(/repeated a cursor of \/v2\/library\/agents/);
    expect(requests).toHaveLength(cursors.length + 1);
  });

  test.each([[[]], [{}], [{ items: {} }], [null]])("%j is no list", async (body) => {
    const { url } = await listen(json(body));
    await expect(all(paginate(clientOf(url), "/v2/blocks"))).rejects.toThrow(PlatformError);
  });
});
