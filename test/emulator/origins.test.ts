import { request } from "node:http";
import { startEmulator } from "express-autogpt/emulator";
import { describe, expect, it } from "vitest";
import {
  ask,
  authorizationUrl,
  CLIENT_ID,
  emulatorForTests,
  exchange,
  getCode,
  me,
  post,
  signIn,
} from "./setup.js";

const emulator = await emulatorForTests();
const split = await emulatorForTests({ backendPort: 0 });

/** fetch() does not let a caller choose Host. */
function askAs(
  headers: Record<string, string>,
  path = "/",
  method = "GET",
  { url } = emulator,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = request(`${url}${path}`, { method, headers }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on("error", reject).end();
  });
}

describe("one origin", () => {
  it("serves all, and the backend also under /_agpt", async () => {
    expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect([emulator.webUrl, emulator.backendUrl]).toEqual([emulator.url, emulator.url]);
    const { access_token } = await signIn(emulator);
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await ask(`${emulator.url}/_agpt/external-api/v2/me`, { headers })).status).toBe(200);
    expect((await post(`${emulator.url}/_agpt/api/oauth/token`, {})).status).toBe(422);
    expect((await ask(`${emulator.url}/_agpt/login`)).status).toBe(404);
  });
});

describe("two origins", () => {
  it("keep pages and backend apart", async () => {
    expect(split.webUrl).toBe(split.url);
    expect(split.backendUrl).not.toBe(split.url);
    const { access_token } = (await exchange(split, await getCode(split))).json;
    expect((await me(split, access_token)).status).toBe(200);
    for (const path of ["/api/oauth/token", "/external-api/v1/me", "/_agpt/api/oauth/token"]) {
      expect((await ask(`${split.webUrl}${path}`)).status).toBe(404);
    }
    for (const path of ["/", "/login", "/auth/authorize", "/_emulator/requests"]) {
      const answer = await ask(`${split.backendUrl}${path}`);
      expect([answer.status, answer.json]).toEqual([404, { detail: "Not Found" }]);
    }
    expect((await ask(`${split.url}/_emulator/requests`)).status).toBe(200);
    expect((await ask(`${split.url}/`)).text).toContain(split.backendUrl);
  });
});

describe("the start page", () => {
  it("says what this is and what there is", async () => {
    const { status, text, headers } = await ask(emulator.url);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const part of [
      emulator.url,
      CLIENT_ID,
      "Other app",
      "ada@example.com",
      "/_emulator/faults",
      "/login",
    ]) {
      expect(text).toContain(part);
    }
    expect((await ask(emulator.url, { method: "HEAD" })).status).toBe(200);
  });
});

describe("the emulator's own safety", () => {
  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "0.0.0.0", "10.0.0.1"])(
    "refuses the host %s",
    async (host) => {
      for (const path of ["/", "/api/oauth/token", "/_emulator/requests"]) {
        expect(await askAs({ Host: host }, path)).toBe(403);
      }
    },
  );

  it.each(["127.0.0.1", "localhost:3001", "LOCALHOST", "[::1]:3001"])("takes the host %s", async (host) => {
    expect(await askAs({ Host: host })).toBe(200);
  });

  it("refuses pages of other origins, and takes its own", async () => {
    for (const Origin of ["http://localhost:3000", "https://evil.example", "null"]) {
      expect(await askAs({ Origin }, "/_emulator/reset", "POST")).toBe(403);
    }
    expect(await askAs({ Origin: emulator.url }, "/_emulator/reset", "POST")).toBe(200);
  });

  it("refuses an endless body", async () => {
    const answer = await ask(`${emulator.url}/api/oauth/token`, {
      method: "POST",
      body: "x".repeat(2_000_000),
    });
    expect(answer.status).toBe(413);
  });
});

describe("a host of its own", () => {
  it("is reached by other names of the network, and by none that somebody on the internet can own", async () => {
    const open = await startEmulator({ host: "0.0.0.0" });
    const from = (Host: string) => askAs({ Host }, "/", "GET", open);
    for (const host of [
      "emulator:3001",
      "localhost",
      "172.18.0.2:3001",
      "[fd00::2]:80",
      "host.docker.internal",
    ]) {
      expect([host, await from(host)]).toEqual([host, 200]);
    }
    for (const host of [
      "evil.example",
      "emulator.evil.com:3001",
      "a.internal.evil.com",
      "1.2.3.4.evil.com",
    ]) {
      expect([host, await from(host)]).toEqual([host, 403]);
    }
    expect(await askAs({ Host: "emulator", Origin: "http://app:3000" }, "/", "GET", open)).toBe(403);
    await open.stop();
  });
});

describe("stop", () => {
  it("frees the port, ends open requests, and may be called twice", async () => {
    const first = await startEmulator();
    first.addFault({ path: "/", delay_ms: 60_000 });
    const hanging = ask(first.url).catch((error: unknown) => error);
    await expect.poll(() => first.requests().length).toBe(1);
    await first.stop();
    await first.stop();
    expect(await hanging).toBeInstanceOf(TypeError);
    const second = await startEmulator({ port: Number(new URL(first.url).port) });
    expect((await ask(authorizationUrl(second))).status).toBe(302);
    await second.stop();
  });
});
