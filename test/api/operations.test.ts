import { describe, expect, test } from "vitest";
import { operations } from "../../dist/api/operations.js";
import { isScope, type ScopeInfo, scopes } from "../../dist/scopes.js";
import { compareScopes } from "../../src/api/openapi/generate.js";
import type { Operation } from "../../src/api/operation.js";

const table: Readonly<Record<string, Operation>> = operations;
const READ = [429, 500, 502, 503];

describe("the operation table", () => {
  test("has the 19 operations of v1 and the 65 of v2", () => {
    const keys = Object.keys(table);
    expect(keys.filter((key) => / \/v1\//.test(key))).toHaveLength(19);
    expect(keys.filter((key) => / \/v2\//.test(key))).toHaveLength(65);
    expect(keys).toHaveLength(84);
    expect(Object.isFrozen(operations)).toBe(true);
  });

  test("names scopes of the scope table only, and each operation once per version", () => {
    const named = Object.values(table).flatMap((o) => [
      ...o.scopes,
      ...Object.values(o.conditionalScopes ?? {}).flat(),
    ]);
    expect(named.filter((scope) => !isScope(scope))).toEqual([]);
    const ids = Object.entries(table).map(([key, o]) => `${key.split("/")[1]} ${o.operationId}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  // From the table of external-api-v2.md and from scopes.md, not from the output.
  test.each([
    ["GET /v2/me", ["IDENTITY"]],
    ["GET /v2/blocks", ["READ_BLOCK"]],
    ["GET /v2/library/agents", ["READ_LIBRARY"]],
    ["DELETE /v2/library/agents/{agent_id}", ["WRITE_LIBRARY"]],
    ["POST /v2/library/agents/{agent_id}/runs", ["RUN_AGENT"]],
    ["GET /v2/library/agents/{agent_id}/credentials", ["READ_INTEGRATIONS"]],
    ["GET /v2/runs/reviews", ["READ_RUN_REVIEW"]],
    ["POST /v2/runs/{run_id}/reviews", ["WRITE_RUN_REVIEW"]],
    ["GET /v2/runs/{run_id}", ["READ_RUN"]],
    ["POST /v2/runs/{run_id}/stop", ["WRITE_RUN"]],
    ["POST /v2/runs/{run_id}/share", ["READ_RUN", "SHARE_RUN"]],
    ["DELETE /v2/runs/{run_id}/share", ["READ_RUN", "SHARE_RUN"]],
    ["PUT /v2/graphs/{graph_id}/versions/active", ["WRITE_GRAPH"]],
    ["GET /v2/graphs/{graph_id}/library-agent", ["READ_LIBRARY"]],
    ["GET /v2/graphs/{graph_id}/blocks", ["READ_GRAPH"]],
    ["GET /v2/graphs/{graph_id}/marketplace-listing", ["READ_STORE"]],
    ["GET /v2/marketplace/agents/by-version/{version_id}", []],
    ["GET /v2/marketplace/creators/{username}", []],
    ["POST /v2/marketplace/agents/{username}/{agent_name}/add-to-library", ["WRITE_LIBRARY"]],
    ["POST /v2/marketplace/submissions/media", ["WRITE_STORE"]],
    ["POST /v2/integrations/credentials", ["MANAGE_INTEGRATIONS"]],
    ["DELETE /v2/integrations/credentials/{credential_id}", ["DELETE_INTEGRATIONS"]],
    ["GET /v2/files/{file_id}/download", ["READ_FILES"]],
    ["POST /v2/files/upload", ["WRITE_FILES"]],
    ["GET /v2/schedules", ["READ_SCHEDULE"]],
    ["POST /v2/schedules", ["WRITE_SCHEDULE", "RUN_AGENT"]],
    ["GET /v2/credits/cost-summary", ["READ_CREDITS"]],
    ["GET /v2/search", []],
    ["POST /v2/library/folders/{folder_id}/move", ["WRITE_LIBRARY"]],
    ["GET /v1/me", ["IDENTITY"]],
    ["POST /v1/blocks/{block_id}/execute", ["EXECUTE_BLOCK"]],
    ["POST /v1/graphs", ["WRITE_GRAPH", "WRITE_LIBRARY"]],
    ["POST /v1/graphs/{graph_id}/execute/{graph_version}", ["EXECUTE_GRAPH"]],
    ["GET /v1/store/agents", []],
    ["POST /v1/tools/run-agent", ["USE_TOOLS"]],
  ])("%s needs %j", (key, expected) => {
    expect(table[key]?.scopes).toEqual(expected);
  });

  test("reads are retried, other writes on 429 only, a run start on 409 too", () => {
    for (const [key, { retryOn }] of Object.entries(table)) {
      if (key === "POST /v2/library/agents/{agent_id}/runs") expect(retryOn).toEqual([409, ...READ]);
      else expect(retryOn, key).toEqual(key.startsWith("GET ") ? READ : [429]);
    }
  });

  test("holds the special limits, the idempotency key and the conditional scopes", () => {
    const limits = Object.entries(table).map(
      ([key, { rateLimit: r }]) => r && [key, r.requests, r.windowSeconds],
    );
    expect(limits.filter(Boolean)).toEqual([
      ["POST /v2/library/agents/{agent_id}/runs", 60, 60],
      ["POST /v2/marketplace/submissions/media", 10, 300],
      ["POST /v2/files/upload", 20, 300],
      ["GET /v2/credits/subscription", 60, 60],
      ["GET /v2/search", 30, 60],
    ]);
    expect(table["POST /v2/library/agents/{agent_id}/runs"]?.idempotency).toEqual({
      header: "Idempotency-Key",
      ttlSeconds: 86_400,
      scope: "user+organization",
    });
    expect(table["GET /v2/search"]?.conditionalScopes).toEqual({
      LIBRARY_AGENT: ["READ_LIBRARY"],
      WORKSPACE_FILE: ["READ_FILES"],
    });
  });

  test("v1 ends on 2026-12-31, v2 does not", () => {
    for (const [key, { endsOn }] of Object.entries(table)) {
      expect(endsOn, key).toBe(key.includes(" /v1/") ? "2026-12-31" : undefined);
    }
  });
});

describe("generate", () => {
  test("finds a scope that the table lacks and one that no operation needs", () => {
    const { READ_FILES: _, ...rest } = scopes;
    const extra: ScopeInfo = { description: "x", versions: ["v2"], status: "current" };
    expect(compareScopes(scopes, table)).toEqual([]);
    expect(compareScopes({ ...rest, READ_MOON: extra }, table)).toEqual([
      "v2 READ_FILES is not in src/scopes.ts",
      "v2 READ_MOON is in src/scopes.ts, but no operation needs it",
    ]);
  });
});
