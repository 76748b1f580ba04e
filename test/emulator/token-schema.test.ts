import { describe, expect, it } from "vitest";
import { ask, CLIENT_ID, CLIENT_SECRET, emulatorForTests, exchange, getCode, post, signIn } from "./setup.js";

const emulator = await emulatorForTests();
const url = `${emulator.url}/api/oauth/token`;
const HINT = "Ensure the request matches the API schema.";

function send(body: string, contentType?: string) {
  const headers = contentType === undefined ? undefined : { "Content-Type": contentType };
  // A Blob without a type is sent without Content-Type.
  return ask(url, { method: "POST", body: new Blob([body]), ...(headers && { headers }) });
}

describe("422 of the token endpoint", () => {
  it("has three members, and echoes an unknown grant type for both candidate shapes", async () => {
    const sent = { grant_type: "password", client_secret: "canary" };
    const answer = await post(url, sent);
    expect(answer.status).toBe(422);
    expect(Object.keys(answer.json)).toEqual(["message", "detail", "hint"]);
    expect(answer.json.message).toBe("Invalid data for POST /api/oauth/token");
    expect(answer.json.hint).toBe(HINT);
    const missing = (shape: string, member: string) => ({
      type: "missing",
      loc: ["body", shape, member],
      msg: "Field required",
      input: sent,
    });
    const literal = (shape: string, expected: string) => ({
      type: "literal_error",
      loc: ["body", shape, "grant_type"],
      msg: `Input should be ${expected}`,
      input: "password",
      ctx: { expected },
    });
    expect(answer.json.detail).toEqual([
      literal("TokenRequestByCode", "'authorization_code'"),
      missing("TokenRequestByCode", "code"),
      missing("TokenRequestByCode", "redirect_uri"),
      missing("TokenRequestByCode", "client_id"),
      missing("TokenRequestByCode", "code_verifier"),
      literal("TokenRequestByRefreshToken", "'refresh_token'"),
      missing("TokenRequestByRefreshToken", "refresh_token"),
      missing("TokenRequestByRefreshToken", "client_id"),
    ]);
  });

  it("reports a missing grant type and a member that is no string", async () => {
    const { json } = await post(url, { client_id: 7 });
    expect(json.detail[0]).toEqual({
      type: "missing",
      loc: ["body", "TokenRequestByCode", "grant_type"],
      msg: "Field required",
      input: { client_id: 7 },
    });
    expect(json.detail).toContainEqual({
      type: "string_type",
      loc: ["body", "TokenRequestByRefreshToken", "client_id"],
      msg: "Input should be a valid string",
      input: 7,
    });
  });

  it.each(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])(
    "takes %s as raw text, secrets echoed",
    async (contentType) => {
      const body = "grant_type=refresh_token&client_secret=canary";
      const answer = await send(body, contentType);
      expect(answer.status).toBe(422);
      const fault = (shape: string) => ({
        type: "model_attributes_type",
        loc: ["body", shape],
        msg: "Input should be a valid dictionary or object to extract fields from",
        input: body,
      });
      expect(answer.json.detail).toEqual([fault("TokenRequestByCode"), fault("TokenRequestByRefreshToken")]);
    },
  );

  it("reports an empty body once", async () => {
    const answer = await ask(url, { method: "POST" });
    expect(answer.status).toBe(422);
    expect(answer.json.detail).toEqual([
      { type: "missing", loc: ["body"], msg: "Field required", input: null },
    ]);
  });

  it.each([
    ['{"client_id":', 13, "Expecting value"],
    ["nope", 0, "Expecting value"],
    ["{client_id: 1}", 1, "Expecting property name enclosed in double quotes"],
    ['{"a" 1}', 5, "Expecting ':' delimiter"],
    ['{"a": [1 2]}', 9, "Expecting ',' delimiter"],
    ['{"a": "b', 6, "Unterminated string starting at"],
    ["{} {}", 3, "Extra data"],
  ])("says where JSON is broken: %s", async (body, at, error) => {
    const answer = await send(body, "application/json");
    expect(answer.status).toBe(422);
    expect(answer.json.detail).toEqual([
      { type: "json_invalid", loc: ["body", at], msg: "JSON decode error", input: {}, ctx: { error } },
    ]);
  });
});

describe("what the token endpoint accepts", () => {
  it.each(["application/json", "application/json; charset=utf-8", "application/vnd.x+json", undefined])(
    "JSON as %s, with members it does not know",
    async (contentType) => {
      const body = {
        grant_type: "refresh_token",
        refresh_token: (await signIn(emulator)).refresh_token,
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        scope: "IDENTITY",
      };
      const answer = await send(JSON.stringify(body), contentType);
      expect(answer.status).toBe(200);
      expect(answer.json.scopes).toEqual(["IDENTITY", "READ_BLOCK"]);
    },
  );

  it("does not look at HTTP Basic", async () => {
    const basic = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64")}`;
    const body = { grant_type: "refresh_token", refresh_token: "x" };
    expect((await post(url, body, { Authorization: basic })).status).toBe(422);
  });

  it("answers 307 with a trailing slash, and it can be followed", async () => {
    const answer = await post(`${url}/?a=1`, {});
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${url}?a=1`]);
    const code = await getCode(emulator);
    const followed = await fetch(`${url}/`, { method: "POST", body: JSON.stringify({ code }) });
    expect(followed.status).toBe(422);
  });

  it("answers 405 to other methods and 404 to unknown paths", async () => {
    for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await ask(url, { method });
      expect([answer.status, answer.json]).toEqual([405, { detail: "Method Not Allowed" }]);
      expect(answer.headers.get("allow")).toBe("POST");
    }
    for (const path of ["/api/oauth/nope", "/api", "/api/OAuth/token", "/.well-known/openid-configuration"]) {
      expect((await ask(`${emulator.url}${path}`)).status).toBe(404);
    }
    expect((await ask(`${emulator.url}/api/oauth/nope`)).json).toEqual({ detail: "Not Found" });
  });

  it("puts the platform's headers on every answer and allows no other origin", async () => {
    const answers = [await exchange(emulator, await getCode(emulator)), await post(url, {}), await ask(url)];
    for (const { headers } of answers) {
      expect(headers.get("cache-control")).toBe("no-store, no-cache, must-revalidate, private");
      expect(headers.get("pragma")).toBe("no-cache");
      expect(headers.get("expires")).toBe("0");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin");
      expect(headers.get("strict-transport-security")).toMatch(/^max-age=\d+/);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });
});
