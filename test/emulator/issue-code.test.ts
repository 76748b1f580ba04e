import { describe, expect, it } from "vitest";
import {
  ADA,
  ask,
  CHALLENGE,
  CLIENT_ID,
  emulatorForTests,
  exchange,
  otherApplication,
  post,
  REDIRECT_URI,
  signIn,
} from "./setup.js";

const emulator = await emulatorForTests();
const url = `${emulator.url}/api/oauth/authorize`;
const good = {
  client_id: CLIENT_ID,
  redirect_uri: REDIRECT_URI,
  scopes: ["IDENTITY"],
  state: "s",
  code_challenge: CHALLENGE,
};
const bearer = (token = emulator.createSession(ADA)) => ({ Authorization: `Bearer ${token}` });
const issue = (changes: object = {}) => post(url, { ...good, ...changes }, bearer());
const appInfo = (clientId: string, headers: Record<string, string> = bearer()) =>
  ask(`${emulator.url}/api/oauth/app/${clientId}`, { headers });

describe("POST /api/oauth/authorize", () => {
  it("answers the URL to go back to, with a code that works", async () => {
    const { status, json } = await issue();
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(["redirect_url"]);
    expect(json.redirect_url).toMatch(/^http:\/\/localhost:3000\/auth\/callback\?code=[\w-]{43}&state=s$/);
    const code = new URL(json.redirect_url).searchParams.get("code") ?? "";
    expect((await exchange(emulator, code)).status).toBe(200);
  });

  it("looks at the session first, and takes neither tokens nor keys", async () => {
    const refuse = async (headers: Record<string, string>, detail: string | RegExp) => {
      const answer = await post(url, {}, headers);
      expect(answer.status).toBe(401);
      expect(answer.json.detail).toMatch(detail);
    };
    await refuse({}, "Authorization header is missing");
    await refuse({ Authorization: "Basic eA==" }, "Authorization header is missing");
    await refuse(bearer((await signIn(emulator)).access_token), /^Invalid token: /);
    await refuse(bearer("agpt_ExampleApiKeyOfTheEmulatorNotASecret0000000"), /^Invalid token: /);
    const session = emulator.createSession(ADA);
    emulator.expire(session);
    await refuse(bearer(session), "Token has expired");
  });

  it("then at the body", async () => {
    const answer = await post(url, { client_id: "nobody", scopes: ["A", 1], state: null }, bearer());
    expect(answer.status).toBe(422);
    expect(answer.json.message).toBe("Invalid data for POST /api/oauth/authorize");
    expect(
      answer.json.detail.map(({ type, loc }: { type: string; loc: string[] }) => [type, loc.join(".")]),
    ).toEqual([
      ["missing", "body.redirect_uri"],
      ["string_type", "body.scopes.1"],
      ["string_type", "body.state"],
      ["missing", "body.code_challenge"],
    ]);
    const method = await issue({ code_challenge_method: "S512" });
    expect(method.status).toBe(422);
    expect(method.json.detail[0].msg).toBe("Input should be 'S256' or 'plain'");
    expect((await issue({ scopes: "IDENTITY" })).json.detail[0].type).toBe("list_type");
  });

  it("then at the client and the redirect URI, without a redirect", async () => {
    const refuse = async (changes: object, detail: string) => {
      const answer = await issue({ response_type: "token", scopes: ["NOPE"], ...changes });
      expect([answer.status, answer.json]).toEqual([400, { detail }]);
    };
    await refuse({ client_id: "nobody", redirect_uri: "x" }, "Unknown client_id");
    const [first, second] = otherApplication.redirect_uris;
    await refuse(
      { client_id: otherApplication.client_id, redirect_uri: "x" },
      `Invalid redirect_uri. Must be one of: ${first}, ${second}`,
    );
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    await refuse({ redirect_uri: "x" }, "Application is not active");
  });

  it("then at response type, names, number and allow-list, with a redirect", async () => {
    const redirectOf = async (changes: object) => {
      const { status, json } = await issue(changes);
      expect(status).toBe(200);
      return Object.fromEntries(new URL(json.redirect_url).searchParams);
    };
    expect(await redirectOf({ response_type: "token", scopes: ["NOPE"] })).toEqual({
      error: "unsupported_response_type",
      state: "s",
      error_description: "Only 'code' response type is supported",
    });
    expect(await redirectOf({ scopes: ["IDENTITY", "NOPE"] })).toEqual({
      error: "invalid_scope",
      state: "s",
      error_description: "Invalid scope: 'NOPE' is not a valid APIKeyPermission",
    });
    expect(await redirectOf({ scopes: [] })).toMatchObject({
      error_description: "At least one scope is required",
    });
    expect(await redirectOf({ client_id: otherApplication.client_id, scopes: ["READ_RUN"] })).toMatchObject({
      error: "invalid_scope",
      error_description:
        "Application is not authorized for all requested scopes. Allowed: IDENTITY, READ_GRAPH",
    });
  });
});

describe("GET /api/oauth/app/{client_id}", () => {
  it("describes an application without its secret", async () => {
    const { status, json } = await appInfo(otherApplication.client_id);
    expect(status).toBe(200);
    const { name, scopes, redirect_uris } = otherApplication;
    expect(json).toEqual({ name, description: null, logo_url: null, scopes, redirect_uris });
  });

  it("answers 401 without a session, and the same 404 for unknown and disabled", async () => {
    expect((await appInfo(CLIENT_ID, {})).status).toBe(401);
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    for (const id of ["nobody", CLIENT_ID]) {
      const answer = await appInfo(id);
      expect([answer.status, answer.json]).toEqual([404, { detail: "Application not found" }]);
    }
  });
});
