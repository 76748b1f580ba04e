import { describe, expect, it } from "vitest";
import { expectAnswer } from "./documents.js";
import { ADA, ask, emulatorForTests, me, post, type Reply, signIn } from "./setup.js";

const READER = "agpt_BlocksOnly";
const emulator = await emulatorForTests({
  users: [{ id: ADA, email: "ada@example.com", name: null, timezone: "not-set" }],
  api_keys: [
    { key: "agpt_All", user_id: ADA, scopes: ["IDENTITY", "READ_BLOCK"] },
    { key: READER, user_id: ADA, scopes: ["READ_BLOCK"] },
  ],
});
const MISSING = "Missing authentication. Provide API key or access token.";
const get = (path: string, headers: Record<string, string> = {}) =>
  ask(`${emulator.url}/external-api${path}`, { headers });

/** The same refusal in the shape of both versions. */
async function refused(headers: Record<string, string>, status: number, message: string) {
  const v1 = await get("/v1/me", headers);
  expect([v1.status, v1.json]).toEqual([status, { detail: message }]);
  const code = status === 401 ? "unauthorized" : "forbidden";
  const v2 = await get("/v2/me", headers);
  expect([v2.status, v2.json]).toEqual([status, { error: { code, message, details: null } }]);
  expect(v2.headers.get("www-authenticate")).toBeNull();
}

describe("credentials", () => {
  it("missing, or of another scheme", async () => {
    await refused({}, 401, MISSING);
    await refused({ Authorization: "Basic eDp5" }, 401, MISSING);
  });

  it("an access token that is unknown, revoked or expired", async () => {
    await refused({ Authorization: "Bearer agpt_xt_x" }, 401, "Invalid token: access token not found");
    const { access_token, refresh_token } = await signIn(emulator);
    await refused({ Authorization: `Bearer ${refresh_token}` }, 401, "Invalid token: access token not found");
    emulator.expire(access_token);
    await refused({ Authorization: `Bearer ${access_token}` }, 401, "Invalid token: access token expired");
  });

  it("a revoked one", async () => {
    const { access_token } = await signIn(emulator);
    const { client_id, client_secret } = emulator.application;
    await post(`${emulator.url}/api/oauth/revoke`, { token: access_token, client_id, client_secret });
    await refused(
      { Authorization: `Bearer ${access_token}` },
      401,
      "Invalid token: access token has been revoked",
    );
  });

  it("X-API-Key decides alone, and a token in it is refused", async () => {
    const { access_token } = await signIn(emulator);
    const Authorization = `Bearer ${access_token}`;
    await refused({ Authorization, "X-API-Key": "agpt_Nothing" }, 401, "Invalid API key");
    await refused({ "X-API-Key": access_token }, 401, "Invalid API key");
    await refused({ Authorization, "X-API-Key": READER }, 403, "Missing required permission(s): IDENTITY");
  });

  it("a key works as Bearer too", async () => {
    for (const headers of [{ "X-API-Key": "agpt_All" }, { Authorization: "bearer agpt_All" }]) {
      expect((await get("/v1/me", headers)).status).toBe(200);
      expect((await get("/v2/me", headers)).json.credential_type).toBe("api_key");
    }
  });

  it("a scope that the token lacks", async () => {
    const { access_token } = await signIn(emulator, { scope: "IDENTITY" });
    const answer = await get("/v1/blocks", { Authorization: `Bearer ${access_token}` });
    expect([answer.status, answer.json]).toEqual([
      403,
      { detail: "Missing required permission(s): READ_BLOCK" },
    ]);
  });
});

describe("/me", () => {
  it("v1", async () => {
    const { access_token } = await signIn(emulator);
    const reply = await me(emulator, access_token, "v1");
    expect(reply.json).toEqual({ id: ADA, name: null, email: "ada@example.com", timezone: "not-set" });
    expectAnswer("v1", "GET /me", reply);
  });

  it("v2", async () => {
    const { access_token } = await signIn(emulator, { scope: "READ_BLOCK IDENTITY" });
    const reply = await me(emulator, access_token, "v2");
    const { json } = reply;
    expect(json).toMatchObject({
      user_id: ADA,
      email: "ada@example.com",
      name: null,
      timezone: "not-set",
      team: null,
      scopes: ["READ_BLOCK", "IDENTITY"],
      credential_type: "oauth",
    });
    expect(json.organization.is_personal).toBe(true);
    expectAnswer("v2", "GET /me", reply);
  });
});

describe("/blocks", () => {
  const headers = { "X-API-Key": READER };

  it("v1 is a bare array", async () => {
    const reply = await get("/v1/blocks", headers);
    expect(reply.json.length).toBeGreaterThan(3);
    expectAnswer("v1", "GET /blocks", reply);
  });

  it("v2 pages, and all pages together are v1's list", async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const reply: Reply = await get(`/v2/blocks?limit=2${query}`, headers);
      expectAnswer("v2", "GET /blocks", reply);
      const { json } = reply;
      expect(json.items.length).toBeLessThanOrEqual(2);
      ids.push(...json.items.map(({ id }: { id: string }) => id));
      cursor = json.next_cursor;
      if (cursor === null) expect(json.total_count).toBe(ids.length);
    } while (cursor !== null);
    expect(ids).toEqual((await get("/v1/blocks", headers)).json.map(({ id }: { id: string }) => id));
  });

  it.each(["0", "101", "x", ""])("refuses limit=%s with 422", async (limit) => {
    const answer = await get(`/v2/blocks?limit=${limit}`, headers);
    expect(answer.status).toBe(422);
    expect(answer.json.error.code).toBe("validation_error");
    expect(answer.json.error.details.errors[0].loc).toEqual(["query", "limit"]);
  });

  it("refuses a malformed cursor with 400", async () => {
    const answer = await get("/v2/blocks?cursor=x", headers);
    expect([answer.status, answer.json.error.code]).toEqual([400, "bad_request"]);
  });
});

describe("unknown paths and methods", () => {
  it("keep the shape of their version", async () => {
    expect((await get("/v1/nope")).json).toEqual({ detail: "Not Found" });
    expect((await get("/v2/nope")).json.error.code).toBe("not_found");
    const answer = await post(`${emulator.url}/external-api/v2/me`, {});
    expect([answer.status, answer.json.error.code]).toEqual([405, "method_not_allowed"]);
    expect((await post(`${emulator.url}/external-api/v1/me`, {})).json).toEqual({
      detail: "Method Not Allowed",
    });
  });
});
