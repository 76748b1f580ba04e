import { type ApiClient, memoryGrants } from "express-autogpt";
import { startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeEach, expect, test } from "vitest";
import { anotherProcess, signInUser } from "../harness/grants.js";

const emulator = await startEmulator();
beforeEach(() => emulator.reset());
afterAll(() => emulator.stop());

/** The client of a grant, as JavaScript sees it: with every path. */
async function apiWith(scopes: Parameters<typeof signInUser>[2]): Promise<ApiClient> {
  const grants = memoryGrants();
  const { userId } = await signInUser(emulator, grants, scopes);
  const { api } = await anotherProcess(emulator, grants).grantFor(userId);
  emulator.clearRequests();
  return api as unknown as ApiClient; // TypeScript would refuse what these tests call
}

const apiCalls = () => emulator.requests().filter(({ path }) => path.startsWith("/external-api"));

test("a call without its scope is not sent, and the error names the operation and the scope", async () => {
  const api = await apiWith(["IDENTITY"]);
  const error = await api.GET("/v2/blocks").catch(Object);
  expect(error).toMatchObject({
    name: "InsufficientScopeError",
    status: 403,
    missing: ["READ_BLOCK"],
    headers: { "WWW-Authenticate": 'Bearer error="insufficient_scope", scope="READ_BLOCK"' },
  });
  expect(error.message).toBe("GET /v2/blocks needs READ_BLOCK, which was not granted. Ask the user for it.");
  expect(apiCalls()).toEqual([]);
  expect((await api.GET("/v2/me")).data?.email).toBe(emulator.users[0]?.email);
  expect(apiCalls()).toHaveLength(1);
});

test("an operation of two scopes needs both, and only the missing one is named", async () => {
  const api = await apiWith(["IDENTITY", "READ_RUN"]);
  const share = () => api.POST("/v2/runs/{run_id}/share", { params: { path: { run_id: "r" } } });
  await expect(share()).rejects.toMatchObject({ missing: ["SHARE_RUN"] });
  const create = api.POST("/v1/graphs", { body: {} as never });
  await expect(create).rejects.toMatchObject({
    missing: ["WRITE_GRAPH", "WRITE_LIBRARY"],
    message:
      "POST /v1/graphs needs WRITE_GRAPH and WRITE_LIBRARY, which was not granted. Ask the user for it.",
  });
  expect(apiCalls()).toEqual([]);
});

test("the search needs more scopes where it searches more", async () => {
  const api = await apiWith(["IDENTITY", "READ_LIBRARY"]);
  const search = (content_types?: ("LIBRARY_AGENT" | "WORKSPACE_FILE" | "BLOCK")[]) =>
    api.GET("/v2/search", { params: { query: { query: "mail", ...(content_types && { content_types }) } } });
  await expect(search(["WORKSPACE_FILE"])).rejects.toMatchObject({
    missing: ["READ_FILES"],
    message: expect.stringContaining("GET /v2/search needs READ_FILES"),
  });
  await expect(search(["BLOCK", "LIBRARY_AGENT", "WORKSPACE_FILE"])).rejects.toMatchObject({
    missing: ["READ_FILES"],
  });
  // @ts-expect-error: JavaScript may pass one value alone
  await expect(search("WORKSPACE_FILE")).rejects.toMatchObject({ missing: ["READ_FILES"] });
  expect(apiCalls()).toEqual([]);
  for (const types of [undefined, ["BLOCK" as const], ["LIBRARY_AGENT" as const]]) {
    expect((await search(types)).response.status).not.toBe(403);
  }
  expect(apiCalls()).toHaveLength(3);
});

test("an expired access token is never sent: it is refreshed before the call", async () => {
  const api = await apiWith(["IDENTITY"]);
  emulator.advanceClock(2 * 3600);
  await api.GET("/v2/me").catch(() => {}); // learns the platform's clock from the answer
  emulator.clearRequests();
  expect((await api.GET("/v2/me")).response.status).toBe(200);
});
