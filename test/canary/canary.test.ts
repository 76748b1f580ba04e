import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { startEmulator } from "express-autogpt/emulator";
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { Canary } from "./canary.js";
import { knownSecrets } from "./watch.js";

const SECRET = "aSecretOfTwentyOrMoreCharacters";

describe("the canary", () => {
  it.each([
    `{"it":"${SECRET}"}`,
    `https://app.example.com/?it=%3A${SECRET}%20`,
    `\u001b[33m${SECRET}\u001b[39m`,
    `'${SECRET}'`,
  ])("finds a secret in %j, and does not repeat it", (shown) => {
    const canary = new Canary();
    canary.show("body", shown); // before anybody knows that it is one
    canary.note("code verifier", SECRET);
    expect(canary.findings()).toMatchObject([{ channel: "body", kind: "code verifier" }]);
    expect(JSON.stringify(canary.findings())).not.toContain(SECRET);
  });

  it("finds what looks like a token, and takes client IDs for what they are", () => {
    const canary = new Canary();
    canary.show("error", "agpt_rt_0123456789012345678901234567890123456789012");
    canary.show("error", "agpt_client_01234567890123456789");
    expect(canary.findings()).toMatchObject([{ channel: "error", kind: "token by its shape" }]);
  });

  it("lets a code stand in a callback's address, a cookie in Set-Cookie, a session's ID in its store", () => {
    const canary = new Canary();
    const kinds = { url: "authorization code", cookie: "cookie", store: "session ID" } as const;
    for (const [channel, kind] of Object.entries(kinds)) canary.note(kind, `${SECRET}-${channel}`);
    for (const at of ["url", "cookie", "store", "body"] as const) {
      for (const channel of Object.keys(kinds)) canary.show(at, `${SECRET}-${channel}`);
    }
    const found = canary.findings().map(({ channel, kind }) => `${kind} in ${channel}`);
    expect(found.filter((line) => line.endsWith("body"))).toHaveLength(3);
    expect(found).not.toContain("authorization code in url");
    expect(found).not.toContain("cookie in cookie");
    expect(found).not.toContain("session ID in store");
  });

  it("knows every secret of a sign-in and a refresh", async () => {
    const emulator = await startEmulator();
    const app = await startApp(emulator);
    await new Browser().signIn(emulator, app.url);
    emulator.advanceClock(3601);
    await app.autogpt.renewExpiring({ within: 1e12 });
    await app.stop();
    await emulator.stop();
    expect(Object.fromEntries(knownSecrets().map(([secret, kind]) => [kind, secret]))).toMatchObject({
      "access token": expect.stringMatching(/^agpt_xt_/),
      "refresh token": expect.stringMatching(/^agpt_rt_/),
      "authorization code": expect.stringMatching(/^[\w-]{43}$/),
      "code verifier": expect.stringMatching(/^[\w-]{43}$/),
      "client secret": emulator.application.client_secret,
      cookie: expect.stringMatching(/^[\w-]{100,}$/),
      "session ID": expect.stringMatching(/^[\w-]{32}$/),
      AUTOGPT_SECRET: expect.stringMatching(/^a-secret-of/),
    });
  });
});

/** How a finding shows a made-up token of that name. */
const told = (name: string) => `agpt_xt_${name.padEnd(8, "0").slice(0, 8)}...`;

describe("a suite that leaks", () => {
  it("fails, and says which file leaked and in which channel", { timeout: 120_000 }, () => {
    const { status, output } = runLeaks("in the file");
    expect(status).toBe(1);
    const [, found = ""] = output.split("FAIL  test/canary/leaks.fixture.ts");
    const inChannels = [
      "header",
      "cookie",
      "location",
      "handler",
      "made",
      "event",
      "url",
      "session",
      "grant",
    ];
    for (const name of [...inChannels, "child", "warning"]) expect(found).toContain(told(name));
    expect(found).toMatch(
      /a code: [\w-]{16}\.\.\.",\s+.*"channel": "body",\s+.*"kind": "authorization code"/,
    );
  });

  it("fails for what stands in its output alone", { timeout: 120_000 }, () => {
    const { status, output } = runLeaks("on the output");
    expect(status).toBe(1);
    const [, found = ""] = output.split("Secrets stand in the output of the tests");
    for (const name of ["stdout", "stderr", "console", "grandchild"]) expect(found).toContain(told(name));
  });
});

/** Not spawn(), whose output this file's own canary reads. */
function runLeaks(test: string): { status: number | null; output: string } {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, "run", "--config", "test/canary/leaks.config.ts", "-t", test],
    { encoding: "utf8", env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1" } },
  );
  return { status, output: stdout + stderr };
}
