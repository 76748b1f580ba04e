import { describe, expect, it } from "vitest";
import { playLeakyProgram } from "../canary/watch.js";
import {
  ADA,
  ask,
  authorizationUrl,
  CLIENT_ID,
  emulatorForTests,
  exchange,
  getCode,
  me,
  otherApplication,
  post,
  REDIRECT_URI,
  refresh,
  signIn,
} from "./setup.js";

playLeakyProgram(); // Secrets in a path, which the request log must hide.

const emulator = await emulatorForTests();
const control = (path: string, body: unknown = {}, method = "POST") =>
  ask(`${emulator.url}/_emulator${path}`, {
    method,
    ...(body !== undefined && method !== "GET" && { body: JSON.stringify(body) }),
  });

describe("controls over HTTP", () => {
  it("sessions: a token that the consent page's calls take", async () => {
    const { status, json } = await control("/sessions", { user_id: ADA });
    expect(status).toBe(200);
    const headers = { Authorization: `Bearer ${json.token}` };
    expect((await ask(`${emulator.url}/api/oauth/app/${CLIENT_ID}`, { headers })).status).toBe(200);
  });

  it("expire: codes and tokens", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    const code = await getCode(emulator);
    for (const value of [access_token, refresh_token, code]) {
      expect((await control("/expire", { value })).json).toEqual({ status: "ok" });
    }
    expect((await me(emulator, access_token)).json.detail).toBe("Invalid token: access token expired");
    expect((await refresh(emulator, refresh_token)).json.detail).toBe("Invalid grant: refresh token expired");
    expect((await exchange(emulator, code)).json.detail).toBe("Invalid grant: authorization code expired");
  });

  it("applications: off and on, redirect URIs, scopes", async () => {
    const patch = (body: unknown) => control(`/applications/${CLIENT_ID}`, body, "PATCH");
    expect((await patch({ is_active: false })).status).toBe(200);
    await expect(getCode(emulator)).rejects.toThrow("Application not found");
    await patch({ is_active: true, redirect_uris: ["https://new.example/cb"], scopes: ["IDENTITY"] });
    await expect(getCode(emulator)).rejects.toThrow("not registered");
    const changes = { redirect_uri: "https://new.example/cb", scope: "IDENTITY" };
    expect(await getCode(emulator, changes)).toMatch(/^[\w-]{43}$/);
    expect((await patch({ is_active: "no" })).json.error).toContain("patch.is_active: must be true or false");
    expect((await patch({ name: "x" })).json.error).toContain("patch.name: is not known");
    const unknown = await control("/applications/nobody", {}, "PATCH");
    expect(unknown.status).toBe(404);
    expect(unknown.json.error).toContain(otherApplication.client_id);
  });

  it("reset: everything issued is gone, applications are back", async () => {
    const { access_token } = await signIn(emulator);
    emulator.updateApplication(CLIENT_ID, { redirect_uris: ["https://new.example/cb"] });
    emulator.advanceClock(99);
    expect((await control("/reset")).status).toBe(200);
    expect((await me(emulator, access_token)).json.detail).toBe("Invalid token: access token not found");
    expect(emulator.requests()).toHaveLength(1);
    expect(await getCode(emulator)).not.toBe("");
  });

  it.each([
    ["/sessions", {}, 400, "user_id must be a string"],
    ["/sessions", { user_id: "nobody" }, 404, ADA],
    ["/sessions", { user: ADA }, 400, 'send {"user_id": ...}'],
    ["/clock", { advance_seconds: "60" }, 400, "advance_seconds must be a number"],
    ["/clock", [], 400, "JSON object"],
    ["/expire", { value: "agpt_xt_unknown" }, 404, "no such code"],
    ["/expire", {}, 400, "value must be a code or a token"],
    ["/settings", { refresh_winners: "two" }, 400, 'must be "one" or "all"'],
    ["/settings", { whole_seconds: 1 }, 400, "true or false"],
    ["/settings", { winners: "all" }, 400, "is not known"],
    ["/nope", {}, 404, "Not Found"],
  ])("%s %j: %i with what to send", async (path, body, status, text) => {
    const answer = await control(path, body);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.json)).toEqual(["error"]);
    expect(answer.json.error).toContain(text);
  });

  it("says so when the body is not JSON, and when the method is another", async () => {
    const answer = await ask(`${emulator.url}/_emulator/clock`, { method: "POST", body: "{" });
    expect([answer.status, answer.json]).toEqual([400, { error: "The body must be JSON" }]);
    expect((await ask(`${emulator.url}/_emulator/reset`)).status).toBe(405);
  });
});

describe("controls as methods", () => {
  it("throw for what is wrong", async () => {
    expect(() => emulator.expire("agpt_xt_unknown")).toThrow("issued no such code");
    expect(() => emulator.createSession("nobody")).toThrow("No user has the id");
    expect(() => emulator.advanceClock(Number.NaN)).toThrow(TypeError);
    expect(() => emulator.updateApplication("nobody", {})).toThrow("No application has the client id");
    expect(() => emulator.updateApplication(CLIENT_ID, { redirect_uris: [] })).toThrow(TypeError);
    await expect(emulator.consent("https://platform.agpt.co/auth/authorize")).rejects.toThrow(TypeError);
  });

  it("consent takes another user", async () => {
    const userId = "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a02";
    const callback = await emulator.consent(authorizationUrl(emulator), { userId });
    const { json } = await exchange(emulator, new URL(callback).searchParams.get("code") ?? "");
    expect((await me(emulator, json.access_token)).json.email).toBe("grace@example.com");
  });

  it("application is the first one as configured, users are all of them", () => {
    expect(emulator.users.map(({ name }) => name)).toEqual(["Ada Lovelace", "Grace Hopper"]);
    expect(emulator.application).toMatchObject({ client_id: CLIENT_ID, redirect_uris: [REDIRECT_URI] });
  });
});

describe("the log", () => {
  it("counts token calls and revocations with their outcome", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    emulator.clearRequests();
    await refresh(emulator, refresh_token);
    await refresh(emulator, refresh_token);
    const { client_id, client_secret } = emulator.application;
    for (const token of [access_token, access_token]) {
      await post(`${emulator.url}/api/oauth/revoke`, { token, client_id, client_secret });
    }
    await post(`${emulator.url}/api/oauth/introspect`, { token: "x", client_id, client_secret: "wrong" });
    await ask(`${emulator.url}/_agpt/external-api/v2/me?x=1`);
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const token = { method: "POST", path: "/api/oauth/token", at, grant_type: "refresh_token" };
    const revoke = { method: "POST", path: "/api/oauth/revoke", at, status: 200 };
    const expected = [
      { ...token, status: 200, outcome: "issued" },
      { ...token, status: 400, outcome: "refused" },
      { ...revoke, outcome: "revoked", token_type: "access_token" },
      { ...revoke, outcome: "nothing_revoked" },
      { method: "POST", path: "/api/oauth/introspect", at, status: 401, outcome: "refused" },
      { method: "GET", path: "/external-api/v2/me", at, status: 401 },
    ];
    expect(emulator.requests()).toEqual(expected);
    expect((await control("/requests", undefined, "GET")).json).toEqual({ requests: expected });
    await control("/requests", undefined, "DELETE");
    expect(emulator.requests()).toEqual([]);
  });

  it("goes by the emulator's clock, and a caller cannot change it", async () => {
    emulator.advanceClock(86_400);
    await ask(emulator.url);
    const [entry] = emulator.requests();
    expect(Date.parse(entry?.at ?? "") - Date.now()).toBeGreaterThan(86_000_000);
    Object.assign(entry ?? {}, { status: 999 });
    expect(emulator.requests()).toMatchObject([{ path: "/", status: 200 }]);
  });

  it("holds no secret, wherever one was sent", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    const code = await getCode(emulator, { state: "canary-state" });
    const secrets = [access_token, refresh_token, code, emulator.application.client_secret];
    for (const secret of secrets) {
      const headers = {
        Authorization: `Bearer ${secret}`,
        "X-API-Key": secret,
        Cookie: `agpt_web_session=${secret}`,
      };
      await ask(`${emulator.url}/external-api/v2/${secret}/me?token=${secret}`, { headers });
      await exchange(emulator, secret, { grant_type: secret, code_verifier: secret });
      await ask(`${emulator.url}/${secret}`, { method: "PUT", body: secret });
    }
    const log = JSON.stringify(emulator.requests());
    for (const secret of [...secrets, "canary-state"]) expect(log).not.toContain(secret);
    expect(log).toContain("/external-api/v2/[hidden]/me");
  });
});
