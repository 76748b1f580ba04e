import { describe, expect, it } from "vitest";
import { playLeakyProgram } from "../canary/watch.js";
import {
  CHALLENGE,
  CLIENT_ID,
  CLIENT_SECRET,
  emulatorForTests,
  exchange,
  getCode,
  me,
  otherApplication,
  post,
  REDIRECT_URI,
  refresh,
  signIn,
  VERIFIER,
} from "./setup.js";

playLeakyProgram(); // A code challenge that is the verifier (plain), which the platform takes.

const emulator = await emulatorForTests();

describe("a code for tokens", () => {
  it("answers six members in order, with tokens of the documented form", async () => {
    const answer = await exchange(emulator, await getCode(emulator));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(Object.keys(answer.json)).toEqual([
      "token_type",
      "access_token",
      "access_token_expires_at",
      "refresh_token",
      "refresh_token_expires_at",
      "scopes",
    ]);
    expect(answer.json.token_type).toBe("Bearer");
    expect(answer.json.access_token).toMatch(/^agpt_xt_[\w-]{43}$/);
    expect(answer.json.refresh_token).toMatch(/^agpt_rt_[\w-]{43}$/);
    expect(answer.json.scopes).toEqual(["IDENTITY", "READ_BLOCK"]);
  });

  it("keeps the scopes in the order asked for, duplicates included", async () => {
    const code = await getCode(emulator, { scope: "READ_BLOCK  IDENTITY READ_BLOCK" });
    expect((await exchange(emulator, code)).json.scopes).toEqual(["READ_BLOCK", "IDENTITY", "READ_BLOCK"]);
  });

  it("expires after 1 hour and 30 days by the Date of its answer", async () => {
    emulator.advanceClock(7 * 86_400);
    const { headers, json } = await exchange(emulator, await getCode(emulator));
    const now = Date.parse(headers.get("date") ?? "");
    expect(Math.abs(Date.parse(json.access_token_expires_at) - now - 3_600_000)).toBeLessThan(1500);
    expect(Math.abs(Date.parse(json.refresh_token_expires_at) - now - 30 * 86_400_000)).toBeLessThan(1500);
  });

  it("accepts plain, and any verifier with an empty challenge that only the backend call lets pass", async () => {
    const plain = await getCode(emulator, { code_challenge: VERIFIER, code_challenge_method: "plain" });
    expect((await exchange(emulator, plain)).status).toBe(200);
    const { json } = await post(
      `${emulator.url}/api/oauth/authorize`,
      {
        client_id: CLIENT_ID,
        redirect_uri: REDIRECT_URI,
        scopes: ["IDENTITY"],
        state: "s",
        code_challenge: "",
      },
      { Authorization: `Bearer ${emulator.createSession("5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a01")}` },
    );
    const code = new URL(json.redirect_url).searchParams.get("code") ?? "";
    expect((await exchange(emulator, code, { code_verifier: "" })).status).toBe(200);
  });
});

describe("a bad client, at both grants and before anything else", () => {
  const bad = { code: "none", refresh_token: "none" };
  const both = (changes: object) =>
    Promise.all([exchange(emulator, "none", { ...bad, ...changes }), refresh(emulator, "none", changes)]);

  it.each([
    [{ client_id: "agpt_client_x" }, "Invalid client_id"],
    [{ client_secret: "agpt_secret_x" }, "Invalid client_secret"],
    [{ client_secret: "" }, "Invalid client_secret"],
  ])("%o: 401 %s", async (changes, detail) => {
    for (const answer of await both(changes)) {
      expect(answer.status).toBe(401);
      expect(answer.json).toEqual({ detail });
      expect(answer.headers.get("www-authenticate")).toBeNull();
    }
  });

  it("finds a disabled application before its secret", async () => {
    emulator.updateApplication(CLIENT_ID, { is_active: false });
    for (const answer of await both({ client_secret: "wrong" })) {
      expect([answer.status, answer.json]).toEqual([401, { detail: "Application is not active" }]);
    }
  });
});

describe("a code that does not fit, in the order of checking", () => {
  const other = { client_id: otherApplication.client_id, client_secret: otherApplication.client_secret };

  it("unknown", async () => {
    const answer = await exchange(emulator, "nothing");
    expect([answer.status, answer.json]).toEqual([
      400,
      { detail: "Invalid grant: authorization code not found" },
    ]);
  });

  it("another application's, even when used, expired and with a wrong URI", async () => {
    const code = await getCode(emulator);
    await exchange(emulator, code);
    emulator.expire(code);
    const answer = await exchange(emulator, code, { ...other, redirect_uri: "x" });
    expect([answer.status, answer.json]).toEqual([
      400,
      { detail: "Invalid grant: authorization code does not belong to this application" },
    ]);
  });

  it("used, with the time in Python's form, even when expired; its tokens live on", async () => {
    const code = await getCode(emulator);
    const tokens = (await exchange(emulator, code)).json;
    emulator.expire(code);
    const replay = await exchange(emulator, code, { redirect_uri: "x" });
    expect(replay.status).toBe(400);
    expect(replay.json.detail).toMatch(
      /^Invalid grant: authorization code already used at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3}000)?\+00:00$/,
    );
    expect((await me(emulator, tokens.access_token)).status).toBe(200);
    expect((await refresh(emulator, tokens.refresh_token)).status).toBe(200);
  });

  it("expired, before the redirect URI", async () => {
    const code = await getCode(emulator);
    emulator.advanceClock(601);
    const answer = await exchange(emulator, code, { redirect_uri: "x" });
    expect([answer.status, answer.json]).toEqual([
      400,
      { detail: "Invalid grant: authorization code expired" },
    ]);
  });

  it("another redirect URI, before the verifier", async () => {
    const code = await getCode(emulator);
    for (const redirect_uri of [`${REDIRECT_URI}/`, REDIRECT_URI.toUpperCase(), `${REDIRECT_URI}?`]) {
      const answer = await exchange(emulator, code, { redirect_uri, code_verifier: "" });
      expect([answer.status, answer.json]).toEqual([400, { detail: "Invalid grant: redirect_uri mismatch" }]);
    }
  });

  it("an empty, a wrong and a non-ASCII verifier, after which the code still works", async () => {
    const code = await getCode(emulator);
    const empty = await exchange(emulator, code, { code_verifier: "" });
    expect([empty.status, empty.json]).toEqual([
      400,
      { detail: "Invalid grant: code_verifier required but not provided" },
    ]);
    const wrong = await exchange(emulator, code, { code_verifier: CHALLENGE });
    expect([wrong.status, wrong.json]).toEqual([400, { detail: "Invalid grant: PKCE verification failed" }]);
    const foreign = await exchange(emulator, code, { code_verifier: "abcé" });
    expect(foreign.status).toBe(400);
    expect(foreign.json).toEqual({
      message: "Failed to process POST /api/oauth/token",
      detail: "'ascii' codec can't encode character '\\xe9' in position 3: ordinal not in range(128)",
      hint: "Adjust the request and retry.",
    });
    expect((await exchange(emulator, code, { client_secret: "wrong" })).status).toBe(401);
    expect((await exchange(emulator, code)).status).toBe(200);
  });

  it("gives a code to exactly one of several exchanges", async () => {
    const code = await getCode(emulator);
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(emulator, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    expect(CLIENT_SECRET).toMatch(/^agpt_secret_[\w-]{43}$/);
  });

  it("keeps sign-ins apart", async () => {
    const [a, b] = await Promise.all([signIn(emulator), signIn(emulator)]);
    expect(a.access_token).not.toBe(b.access_token);
  });
});
