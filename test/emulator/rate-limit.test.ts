import { beforeEach, describe, expect, it } from "vitest";
import { fileForm, findAgent, sender } from "./good-requests.js";
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

describe("limits of single operations", () => {
  const send = sender(emulator, KEY["X-API-Key"]);
  const spent = async (method: string, path: string, body?: unknown) => {
    const { status, headers } = await send(method, path, body);
    const number = (name: string) => Number(headers.get(name));
    return { status, limit: number("x-ratelimit-limit"), left: number("x-ratelimit-remaining") };
  };

  it("60 run starts a minute", async () => {
    const { id } = await findAgent(send, "Summarize a text");
    const start = () => spent("POST", `/v2/library/agents/${id}/runs`, { inputs: { text: "x" } });
    expect(await start()).toEqual({ status: 202, limit: 60, left: 59 });
    await Promise.all(Array.from({ length: 59 }, start));
    expect((await start()).status).toBe(429);
    expect((await send("GET", "/v2/runs")).json.total_count).toBe(60);
    emulator.advanceClock(60);
    expect((await start()).status).toBe(202);
  });

  it("30 searches a minute, 60 looks at the subscription", async () => {
    expect(await spent("GET", "/v2/search?query=x")).toEqual({ status: 200, limit: 30, left: 29 });
    expect(await spent("GET", "/v2/credits/subscription")).toEqual({ status: 200, limit: 60, left: 59 });
    expect((await send("GET", "/v2/me")).headers.get("x-ratelimit-remaining")).toBe("197");
  });

  it("20 uploads and 10 media in five minutes, on clock boundaries", async () => {
    emulator.advanceClock(300 - ((emulator.now().getTime() / 1000) % 300));
    const upload = (count: number) => spent("POST", "/v2/files/upload", fileForm(`${count}.txt`));
    for (let count = 0; count < 20; count += 1) expect((await upload(count)).left).toBe(19 - count);
    emulator.advanceClock(240);
    expect((await upload(20)).status).toBe(429);
    const media = await spent("POST", "/v2/marketplace/submissions/media", fileForm());
    expect(media).toEqual({ status: 201, limit: 10, left: 9 });
    emulator.advanceClock(60);
    expect((await upload(20)).status).toBe(201);
  });
});
