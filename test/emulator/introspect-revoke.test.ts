import { describe, expect, it } from "vitest";
import {
  ADA,
  ask,
  CLIENT_ID,
  CLIENT_SECRET,
  emulatorForTests,
  me,
  otherApplication,
  post,
  refresh,
  signIn,
  signInToOther,
} from "./setup.js";

const emulator = await emulatorForTests();
const client = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
const introspect = (token: string, more = {}) =>
  post(`${emulator.url}/api/oauth/introspect`, { token, ...client, ...more });
const revoke = (token: string, more = {}) =>
  post(`${emulator.url}/api/oauth/revoke`, { token, ...client, ...more });

const INACTIVE = { active: false, scopes: null, client_id: null, user_id: null, exp: null, token_type: null };
const REFRESH_HINT = { token_type_hint: "refresh_token" };
const ACCESS_HINT = { token_type_hint: "access_token" };

describe("introspection", () => {
  it("describes both kinds of token, with exp in whole seconds", async () => {
    const tokens: Readonly<Record<string, string>> = { ...(await signIn(emulator)) };
    for (const kind of ["access_token", "refresh_token"]) {
      const answer = await introspect(tokens[kind] ?? "");
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        active: true,
        scopes: ["IDENTITY", "READ_BLOCK"],
        client_id: CLIENT_ID,
        user_id: ADA,
        exp: Math.floor(Date.parse(tokens[`${kind}_expires_at`] ?? "") / 1000),
        token_type: kind,
      });
    }
  });

  it("gives nulls for unknown, revoked and expired", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    expect((await introspect("nothing")).json).toEqual(INACTIVE);
    await revoke(access_token);
    expect((await introspect(access_token)).json).toEqual(INACTIVE);
    emulator.expire(refresh_token);
    expect((await introspect(refresh_token)).json).toEqual(INACTIVE);
    const second = await signIn(emulator);
    emulator.advanceClock(3601);
    expect((await introspect(second.access_token)).json).toEqual(INACTIVE);
  });

  it("is misled by the hint refresh_token only; null is no hint", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    expect((await introspect(access_token, REFRESH_HINT)).json).toEqual(INACTIVE);
    expect((await introspect(access_token, { token_type_hint: null })).json.active).toBe(true);
    expect((await introspect(refresh_token, ACCESS_HINT)).json.token_type).toBe("refresh_token");
  });

  it("tells any application about any token; a disabled one's access token is a 500", async () => {
    const { access_token, refresh_token } = await signInToOther(emulator);
    expect((await introspect(access_token)).json.client_id).toBe(otherApplication.client_id);
    emulator.updateApplication(otherApplication.client_id, { is_active: false });
    const fault = await introspect(access_token);
    expect(fault.status).toBe(500);
    expect(fault.json.message).toBe("Failed to process POST /api/oauth/introspect");
    expect(fault.json.hint).toBe("Check server logs and dependent services.");
    expect((await introspect(refresh_token)).json.active).toBe(true);
  });
});

describe("revocation", () => {
  it("revokes only the named token", async () => {
    const { access_token, refresh_token } = await signIn(emulator);
    const answer = await revoke(refresh_token);
    expect([answer.status, answer.json]).toEqual([200, { status: "ok" }]);
    expect((await refresh(emulator, refresh_token)).json.detail).toBe(
      "Invalid grant: refresh token has been revoked",
    );
    expect((await me(emulator, access_token)).status).toBe(200);

    const second = await signIn(emulator);
    await revoke(second.access_token, ACCESS_HINT);
    expect((await me(emulator, second.access_token)).json.detail).toBe(
      "Invalid token: access token has been revoked",
    );
    expect((await refresh(emulator, second.refresh_token)).status).toBe(200);
  });

  it("is ok with unknown, foreign and already revoked tokens, and leaves foreign ones alone", async () => {
    const foreign = await signInToOther(emulator);
    const { access_token } = await signIn(emulator);
    await revoke(access_token);
    for (const token of ["nothing", foreign.access_token, foreign.refresh_token, access_token]) {
      expect((await revoke(token)).json).toEqual({ status: "ok" });
    }
    expect((await me(emulator, foreign.access_token)).status).toBe(200);
    expect((await introspect(foreign.refresh_token)).json.active).toBe(true);
  });

  it("does not revoke an access token sent with the hint refresh_token", async () => {
    const { access_token } = await signIn(emulator);
    expect((await revoke(access_token, REFRESH_HINT)).json).toEqual({ status: "ok" });
    expect((await me(emulator, access_token)).status).toBe(200);
  });
});

describe.each(["introspect", "revoke"])("%s", (name) => {
  const url = `${emulator.url}/api/oauth/${name}`;

  it("refuses a bad client", async () => {
    const body = { token: "x", ...client };
    const refuse = async (changes: object, detail: string) => {
      const answer = await post(url, { ...body, ...changes });
      expect([answer.status, answer.json]).toEqual([401, { detail }]);
    };
    await refuse({ client_id: "x" }, "Invalid client_id");
    await refuse({ client_secret: "x" }, "Invalid client_secret");
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    await refuse({ client_secret: "x" }, "Application is not active");
  });

  it("names members directly in a 422, and reports a form as all missing", async () => {
    const missing = (member: string) => ({
      type: "missing",
      loc: ["body", member],
      msg: "Field required",
      input: null,
    });
    const answer = await post(url, { client_id: CLIENT_ID });
    expect(answer.status).toBe(422);
    expect(answer.json).toEqual({
      message: `Invalid data for POST /api/oauth/${name}`,
      detail: [missing("token"), missing("client_secret")],
      hint: "Ensure the request matches the API schema.",
    });
    const form = await ask(url, { method: "POST", body: new URLSearchParams({ token: "x", ...client }) });
    expect(form.json.detail).toEqual([missing("token"), missing("client_id"), missing("client_secret")]);
  });

  it("refuses another hint", async () => {
    const answer = await post(url, { token: "x", token_type_hint: "id_token", ...client });
    expect(answer.status).toBe(422);
    expect(answer.json.detail).toEqual([
      {
        type: "literal_error",
        loc: ["body", "token_type_hint"],
        msg: "Input should be 'access_token' or 'refresh_token'",
        input: "id_token",
        ctx: { expected: "'access_token' or 'refresh_token'" },
      },
    ]);
  });
});
