import { beforeEach, describe, expect, it } from "vitest";
import { ask, emulatorForTests, signIn } from "./setup.js";

const emulator = await emulatorForTests();
const get = (version: string, headers: Record<string, string> = {}) =>
  ask(`${emulator.url}/external-api/${version}/me`, { headers });
const KEY = { "X-API-Key": "agpt_ExampleApiKeyOfTheEmulatorNotASecret0000000" };

// A window must not end in the middle of a test: start each in the first seconds of one.
beforeEach(() => {
  emulator.advanceClock(60 - ((emulator.now().getTime() / 1000) % 60));
});

describe("limits of v2", () => {
  it("5 a minute per address without valid credentials, then 429, then a new window", async () => {
    for (const remaining of ["4", "3", "2", "1", "0"]) {
      const answer = await get("v2");
      expect(answer.status).toBe(401);
      expect(answer.headers.get("x-ratelimit-limit")).toBe("5");
      expect(answer.headers.get("x-ratelimit-remaining")).toBe(remaining);
    }
    const answer = await get("v2", { Authorization: "Bearer agpt_xt_x" });
    expect(answer.status).toBe(429);
    expect(answer.json.error).toMatchObject({ code: "rate_limit_exceeded", details: null });
    const wait = Number(answer.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(answer.headers.get("x-ratelimit-reset")).toBe(String(wait));
    expect((await get("v2", KEY)).status).toBe(200);
    emulator.advanceClock(wait);
    expect((await get("v2")).status).toBe(401);
  });

  it("an expired token counts as unauthenticated", async () => {
    const { access_token } = await signIn(emulator);
    emulator.expire(access_token);
    const headers = { Authorization: `Bearer ${access_token}` };
    for (let turn = 0; turn < 5; turn += 1) expect((await get("v2", headers)).status).toBe(401);
    expect((await get("v2", headers)).status).toBe(429);
  });

  it("200 a minute per user, shared by keys and tokens, while v1 has none", async () => {
    const { access_token } = await signIn(emulator);
    const Authorization = `Bearer ${access_token}`;
    const first = await get("v2", KEY);
    expect(first.headers.get("x-ratelimit-limit")).toBe("200");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("199");
    const rest = await Promise.all(Array.from({ length: 199 }, () => get("v2", { Authorization })));
    expect(rest.every(({ status }) => status === 200)).toBe(true);
    const answer = await get("v2", KEY);
    expect([answer.status, answer.json.error.code]).toEqual([429, "rate_limit_exceeded"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await get("v1", KEY)).status).toBe(200);
  });

  it("none in v1", async () => {
    for (let turn = 0; turn < 8; turn += 1) expect((await get("v1")).status).toBe(401);
  });
});
