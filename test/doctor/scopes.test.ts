import { expect, it } from "vitest";
import { useDoctor } from "./doctor.js";

const suite = useDoctor();
const run = (...scopes: string[]) => suite.run({ args: ["--scopes", scopes.join()] });
const NOT_FOUND = { status: 404, body: { detail: "Not Found" } };

it("an instance without v2 does not know what came with it", async () => {
  for (const path of ["openapi.json", "me"]) {
    suite.emulator.addFault({ path: `/external-api/v2/${path}`, times: 2, ...NOT_FOUND });
  }
  const { code, find } = await run("IDENTITY", "READ_LIBRARY", "READ_GRAPH", "RUN_AGENT");
  expect(find("api-v2")).toMatchObject({
    status: "warning",
    message: expect.stringContaining("no External API v2"),
  });
  expect(find("scopes")).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/^READ_LIBRARY, RUN_AGENT came with External API v2/),
  });
  expect(code).toBe(1);

  const signInOnly = await run("IDENTITY", "READ_GRAPH");
  expect(signInOnly.find("scopes").status).toBe("ok");
  expect(signInOnly.code).toBe(0);
});

it("an instance that hides its documents is asked without a credential", async () => {
  for (const version of ["v1", "v2"]) {
    suite.emulator.addFault({ path: `/external-api/${version}/openapi.json`, ...NOT_FOUND });
  }
  const { find } = await run("IDENTITY", "READ_LIBRARY");
  expect([find("api-v2").status, find("scopes").status]).toEqual(["ok", "ok"]);
});

it("a version whose document is hidden says nothing of its scopes", async () => {
  suite.emulator.addFault({ path: "/external-api/v2/openapi.json", ...NOT_FOUND });
  const { find } = await run("IDENTITY", "READ_LIBRARY");
  expect(find("scopes").status).toBe("ok");
});

it("v2 has a fault", async () => {
  for (const path of ["openapi.json", "me"]) {
    suite.emulator.addFault({ path: `/external-api/v2/${path}`, status: 503, body: "<h1>busy</h1>" });
  }
  const { code, find } = await run("IDENTITY");
  expect(find("api-v2")).toMatchObject({ status: "failed", message: "External API v2 answers 503." });
  expect(code).toBe(1);
});

it("the instance's documents do not name a scope", async () => {
  const paths = { "/me": { get: { "x-required-scopes": ["IDENTITY"] } } };
  const document = { path: "/external-api/v2/openapi.json", status: 200, body: { openapi: "3.1.0", paths } };
  suite.emulator.addFault(document);
  const { code, find } = await run("IDENTITY", "READ_CREDITS");
  expect(find("scopes")).toMatchObject({
    status: "warning",
    message: "The instance's API documents do not name READ_CREDITS: its consent page may refuse them.",
  });
  expect(code).toBe(0);

  // USE_TOOLS is for MCP in v2: no operation of it needs the scope, so its absence says nothing.
  suite.emulator.addFault(document);
  suite.emulator.addFault({ path: "/external-api/v1/openapi.json", ...NOT_FOUND });
  expect((await run("IDENTITY", "USE_TOOLS")).find("scopes").status).toBe("ok");
});

it("documents that name no scopes say nothing about them", async () => {
  for (const version of ["v1", "v2"]) {
    const path = `/external-api/${version}/openapi.json`;
    suite.emulator.addFault({ path, status: 200, body: { openapi: "3.1.0", paths: { "/me": {} } } });
  }
  expect((await run("IDENTITY", "READ_CREDITS")).find("scopes").status).toBe("ok");
});

it("scopes that end with v1 are told with the day and what to ask for", async () => {
  const { code, find } = await run("IDENTITY", "EXECUTE_GRAPH");
  expect(find("v1-scopes")).toEqual({
    name: "v1-scopes",
    status: "warning",
    message: "EXECUTE_GRAPH ends on the cloud on 2026-12-31.",
    fix: "Instead of EXECUTE_GRAPH: RUN_AGENT.",
  });
  expect(code).toBe(0);
});
