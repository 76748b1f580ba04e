import { describe, expect, it } from "vitest";
import { ask, emulatorForTests, me, post, refresh, signIn } from "./setup.js";

const emulator = await emulatorForTests();
const TOKEN = "/api/oauth/token";
const url = `${emulator.url}${TOKEN}`;

describe("faults that answer", () => {
  it("HTML as a proxy does, as often as asked and only there", async () => {
    const { refresh_token, access_token } = await signIn(emulator);
    emulator.addFault({ method: "POST", path: TOKEN, times: 2, status: 502, body: "<h1>Bad Gateway</h1>" });
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await refresh(emulator, refresh_token);
      expect([answer.status, answer.text]).toEqual([502, "<h1>Bad Gateway</h1>"]);
      expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    }
    expect((await me(emulator, access_token)).status).toBe(200);
    expect((await refresh(emulator, refresh_token)).status).toBe(200);
  });

  it("JSON with headers, over HTTP", async () => {
    const fault = {
      path: TOKEN,
      times: 1,
      status: 429,
      body: { detail: "slow" },
      headers: { "Retry-After": "7" },
    };
    expect((await post(`${emulator.url}/_emulator/faults`, fault)).status).toBe(200);
    const answer = await post(url, {});
    expect([answer.status, answer.json, answer.headers.get("retry-after")]).toEqual([
      429,
      { detail: "slow" },
      "7",
    ]);
    expect((await post(url, {})).status).toBe(422);
  });

  it("a redirect elsewhere", async () => {
    emulator.addFault({ path: TOKEN, status: 307, headers: { Location: "http://evil.example/" } });
    const answer = await post(url, {});
    expect([answer.status, answer.headers.get("location")]).toEqual([307, "http://evil.example/"]);
  });

  it("a body without status is a 200, one after another in the order they were added", async () => {
    emulator.addFault({ path: TOKEN, body: null });
    emulator.addFault({ path: TOKEN, status: 500 });
    const first = await post(url, {});
    expect([first.status, first.json]).toEqual([200, null]);
    expect((await post(url, {})).status).toBe(500);
  });

  it("only for its method, and never for the controls", async () => {
    emulator.addFault({ method: "get", path: TOKEN, status: 503 });
    emulator.addFault({ path: "/_emulator/requests", status: 503 });
    expect((await post(url, {})).status).toBe(422);
    expect((await ask(url)).status).toBe(503);
    expect((await ask(`${emulator.url}/_emulator/requests`)).status).toBe(200);
  });

  it("hits the prefixed form of a path too, and pages", async () => {
    emulator.addFault({ path: TOKEN, status: 503 });
    expect((await post(`${emulator.url}/_agpt${TOKEN}`, {})).status).toBe(503);
    emulator.addFault({ path: "/auth/authorize", status: 503 });
    expect((await ask(`${emulator.url}/auth/authorize?a=1`)).status).toBe(503);
  });
});

describe("faults of time and connection", () => {
  it("a delay alone, after which the normal answer follows", async () => {
    const { refresh_token } = await signIn(emulator);
    emulator.addFault({ path: TOKEN, delay_ms: 300 });
    const before = performance.now();
    expect((await refresh(emulator, refresh_token)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(290);
  });

  it("dropped before the work: the refresh token is still good", async () => {
    const { refresh_token } = await signIn(emulator);
    emulator.clearRequests();
    emulator.addFault({ path: TOKEN, drop: "before" });
    await expect(refresh(emulator, refresh_token)).rejects.toThrow("fetch failed");
    expect(emulator.requests()).toMatchObject([{ path: TOKEN, status: 0, fault: true }]);
    expect(emulator.requests()[0]).not.toHaveProperty("outcome");
    expect((await refresh(emulator, refresh_token)).status).toBe(200);
  });

  it("dropped after the work: the refresh token is spent and the new one unknown", async () => {
    const { refresh_token } = await signIn(emulator);
    emulator.clearRequests();
    emulator.addFault({ path: TOKEN, drop: "after" });
    await expect(refresh(emulator, refresh_token)).rejects.toThrow("fetch failed");
    expect(emulator.requests()).toMatchObject([
      { path: TOKEN, status: 0, grant_type: "refresh_token", outcome: "issued", fault: true },
    ]);
    expect((await refresh(emulator, refresh_token)).json.detail).toBe(
      "Invalid grant: refresh token has been revoked",
    );
  });

  it("a caller that gives up does not undo the refresh", async () => {
    const { refresh_token } = await signIn(emulator);
    emulator.addFault({ path: TOKEN, delay_ms: 200 });
    const { client_id, client_secret } = emulator.application;
    const body = { grant_type: "refresh_token", refresh_token, client_id, client_secret };
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(100);
    const given = ask(url, { method: "POST", headers, body: JSON.stringify(body), signal });
    await expect(given).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await refresh(emulator, refresh_token)).status).toBe(400);
  });

  it("reset takes all faults back", async () => {
    emulator.addFault({ path: TOKEN, status: 503, times: 9 });
    emulator.reset();
    expect((await post(url, {})).status).toBe(422);
  });
});

describe("a fault that makes no sense", () => {
  it.each([
    [{}, "fault.path"],
    [{ path: "/x" }, "does nothing"],
    [{ path: "/x?a", status: 500 }, "without query"],
    [{ path: "/x", status: 99 }, "fault.status"],
    [{ path: "/x", status: 500, times: 0 }, "fault.times"],
    [{ path: "/x", delay_ms: -1 }, "fault.delay_ms"],
    [{ path: "/x", drop: "during" }, "fault.drop"],
    [{ path: "/x", drop: "after", status: 500 }, "cannot stand beside"],
    [{ path: "/x", delay_ms: 1, headers: { a: "b" } }, "needs a status"],
    [{ path: "/x", status: 500, headers: { "a b": "c" } }, "fault.headers.a b"],
    [{ path: "/x", status: 500, delay: 5 }, "fault.delay: is not known"],
    [7, "must be an object"],
  ])("%j is refused: %s", async (fault, problem) => {
    // What people without types send.
    expect(() => emulator.addFault(fault as never)).toThrow(TypeError);
    const answer = await post(`${emulator.url}/_emulator/faults`, fault);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(problem);
  });
});
