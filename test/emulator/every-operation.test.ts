import { beforeEach, describe, expect, it } from "vitest";
import { isScope, scopes } from "../../dist/scopes.js";
import { type ContractOperation, expectToFit, operations } from "./documents.js";
import { EVERYTHING, prepare, sender, twoKeys } from "./good-requests.js";
import { ADA, ask, emulatorForTests } from "./setup.js";

const everyScope = Object.keys(scopes).filter(isScope);
const nameOf = ({ version, id }: ContractOperation) => `${version} ${id}`;

/** One key with just the scopes of each operation, and one for each scope without it. */
const api_keys = [
  ...twoKeys,
  ...operations.map(({ version, id, scopes: own }) => ({
    key: `agpt_${version}_${id}`,
    user_id: ADA,
    scopes: own.filter(isScope),
  })),
  ...everyScope.map((scope) => ({
    key: `agpt_without_${scope}`,
    user_id: ADA,
    scopes: everyScope.filter((other) => other !== scope),
  })),
];
const emulator = await emulatorForTests({ api_keys, runStartMs: 0 });
const url = (path: string) => `${emulator.url}/external-api${path}`;

it("the documents have 19 and 65 operations", () => {
  expect(operations.filter(({ version }) => version === "v1")).toHaveLength(19);
  expect(operations.filter(({ version }) => version === "v2")).toHaveLength(65);
});

describe.each(operations.map((operation) => [nameOf(operation), operation] as const))(
  "%s",
  (_name, operation) => {
    const { version, id, method } = operation;

    it("answers what its schema says, with just its scopes", async () => {
      const { path, body } = await prepare(emulator, operation);
      const reply = await sender(emulator, `agpt_${version}_${id}`)(method, path, body);
      expect(reply.status, reply.text).toBe(operation.success);
      expectToFit(operation, reply);
      expect(reply.headers.get("cache-control")).toContain("no-store");
      expect(reply.headers.get("x-ratelimit-limit") === null).toBe(version === "v1");
    });

    it.each(operation.scopes)("is a 403 that names %s without it", async (scope) => {
      const { path, body } = await prepare(emulator, operation);
      const reply = await sender(emulator, `agpt_without_${scope}`)(method, path, body);
      const message = `Missing required permission(s): ${scope}`;
      const v2 = { error: { code: "forbidden", message, details: null } };
      expect([reply.status, reply.json]).toEqual([403, version === "v1" ? { detail: message } : v2]);
      expectToFit(operation, reply);
    });

    it("is a 401 without a credential, whatever else is wrong", async () => {
      const reply = await ask(url(`/${version}${operation.path.replaceAll(/\{\w+\}/g, "1")}?limit=x`), {
        method,
        ...(operation.body && { body: "{" }),
      });
      const message = "Missing authentication. Provide API key or access token.";
      const v2 = { error: { code: "unauthorized", message, details: null } };
      expect([reply.status, reply.json]).toEqual([401, version === "v1" ? { detail: message } : v2]);
      expectToFit(operation, reply);
      expect(reply.headers.get("www-authenticate")).toBeNull();
    });
  },
);

/** What can be wrong with a request: its body, or the first parameter that not every text fits. */
function breakRequest({ body, parameters, path }: ContractOperation) {
  if (body === "application/json") return { query: "", body: [], loc: ["body"] };
  if (body) return { query: "", body: new FormData(), loc: ["body", "file"] };
  const limited = parameters.find(({ in: place, schema }) => {
    return (
      place === "query" && JSON.stringify(schema).replace(/"default":[^,}]*,?/, "") !== '{"type":"string"}'
    );
  });
  if (path === "/search") return { query: "", body: undefined, loc: ["query", "query"] };
  if (!limited) return undefined;
  return { query: `?${limited.name}=${"x".repeat(101)}`, body: undefined, loc: ["query", limited.name] };
}

describe("a broken request is a 422 that says where", () => {
  const breakable = operations.filter((operation) => breakRequest(operation) !== undefined);

  it.each(breakable.map((operation) => [nameOf(operation), operation] as const))(
    "%s",
    async (_name, operation) => {
      const good = await prepare(emulator, operation);
      const broken = breakRequest(operation);
      const path = `${good.path.split("?")[0]}${broken?.query}`;
      const reply = await sender(emulator, EVERYTHING)(operation.method, path, broken?.body);
      expect(reply.status, reply.text).toBe(422);
      expectToFit(operation, reply);
      const items = operation.version === "v1" ? reply.json.detail : reply.json.error.details.errors;
      const [step, index] = broken?.loc ?? [];
      expect(items[0].loc.slice(0, 2)).toEqual(index === undefined ? [step] : [step, index]);
      for (const item of items) {
        expect([typeof item.type, typeof item.msg]).toEqual(["string", "string"]);
      }
    },
  );

  it("and only these have nothing that could be wrong", () => {
    const rest = operations.filter((operation) => !breakable.includes(operation));
    for (const { parameters, body } of rest) {
      expect(body).toBeUndefined();
      for (const { in: place, schema } of parameters) {
        expect([place, schema]).toEqual([expect.stringMatching(/^(path|header|query)$/), { type: "string" }]);
      }
    }
    expect(rest.length).toBeLessThan(operations.length / 2);
  });
});

describe("unknown paths and methods", () => {
  beforeEach(() => emulator.reset());

  it.each([
    ["GET", "/v1/nope", 404],
    ["GET", "/v2/nope", 404],
    ["GET", "/v2", 404],
    ["GET", "/v2/runs/a%2Fb/c", 404],
    ["GET", "/v2/RUNS", 404],
    ["PATCH", "/v2/runs", 405],
    ["DELETE", "/v1/store/agents", 405],
  ])("%s %s is a %i in the shape of its version", async (method, path, status) => {
    const reply = await sender(emulator, EVERYTHING)(method, path);
    const text = status === 404 ? "Not Found" : "Method Not Allowed";
    const code = status === 404 ? "not_found" : "method_not_allowed";
    const v2 = { error: { code, message: text, details: null } };
    expect([reply.status, reply.json]).toEqual([status, path.startsWith("/v1") ? { detail: text } : v2]);
    if (status === 405) expect(reply.headers.get("allow")).toMatch(/^GET/);
  });

  it("a trailing slash leads to the path without", async () => {
    const reply = await sender(emulator, EVERYTHING)("GET", "/v2/runs/?limit=1");
    expect([reply.status, reply.headers.get("location")]).toEqual([307, url("/v2/runs?limit=1")]);
  });
});
