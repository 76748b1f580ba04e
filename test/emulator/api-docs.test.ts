import { describe, expect, it } from "vitest";
import { operations } from "./documents.js";
import { ask, emulatorForTests } from "./setup.js";

const emulator = await emulatorForTests();
const get = (path: string) => ask(`${emulator.url}${path}`);

describe("the documents", () => {
  it.each(["v1", "v2"] as const)("of %s need no credential and have all operations", async (version) => {
    const { status, json } = await get(`/external-api/${version}/openapi.json`);
    expect([status, json.openapi]).toEqual([200, "3.1.0"]);
    expect(json.servers).toEqual([{ url: `/external-api/${version}` }]);
    for (const { path, method, id } of operations.filter((operation) => operation.version === version)) {
      expect(json.paths[path][method.toLowerCase()].operationId).toBe(id);
    }
    expect(
      (await ask(`${emulator.url}/external-api/${version}/openapi.json`, { method: "POST" })).status,
    ).toBe(405);
  });

  it("of v2 have a limit of 60 a minute", async () => {
    const reply = await get("/external-api/v2/openapi.json");
    expect(reply.headers.get("x-ratelimit-limit")).toBe("60");
  });
});

describe("the page", () => {
  it("shows every operation with scopes and schemas, without anything from elsewhere", async () => {
    const { status, text, headers } = await get("/external-api/docs");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const { version, id, path, scopes } of operations) {
      expect(text).toContain(`id="${version}-${id}"`);
      expect(text).toContain(path);
      for (const scope of scopes) expect(text).toContain(scope);
    }
    const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(100);
    for (const id of links) expect(text).toContain(`id="${id}"`);
    expect(text).not.toMatch(/<script|src=|href="https?:/);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  it("is found from the platform's paths, below the prefix, and from the start page", async () => {
    for (const path of ["/external-api/v1/docs", "/external-api/v2/docs", "/_agpt/external-api/v2/docs"]) {
      const reply = await get(path);
      const location = new URL(reply.headers.get("location") ?? "", `${emulator.url}${path}`);
      expect([reply.status, location.pathname]).toEqual([307, path.replace(/\/v\d\/docs/, "/docs")]);
    }
    expect((await get("/_agpt/external-api/docs")).status).toBe(200);
    expect((await get("/")).text).toContain("/external-api/docs");
  });
});
