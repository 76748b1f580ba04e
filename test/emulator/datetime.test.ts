import { describe, expect, it } from "vitest";
import { ask, emulatorForTests, exchange, getCode, post, signIn } from "./setup.js";

const emulator = await emulatorForTests();
const whole = await emulatorForTests({ wholeSeconds: true });

const SIX_DIGITS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}000)?Z$/;
const NO_FRACTION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe("datetimes", () => {
  it("have six fraction digits of which the last three are zero, and Z", async () => {
    const seen: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const { json } = await exchange(emulator, await getCode(emulator));
      seen.push(json.access_token_expires_at, json.refresh_token_expires_at);
    }
    for (const text of seen) expect(text).toMatch(SIX_DIGITS);
    expect(seen.some((text) => /\.\d{3}000Z$/.test(text))).toBe(true);
  });

  it("have no fraction at all when it is zero: switched on by option", async () => {
    const { json } = await exchange(whole, await getCode(whole));
    expect(json.access_token_expires_at).toMatch(NO_FRACTION);
    expect(json.refresh_token_expires_at).toMatch(NO_FRACTION);
  });

  it("and by control, until the next reset", async () => {
    await post(`${emulator.url}/_emulator/settings`, { whole_seconds: true });
    const { json } = await exchange(emulator, await getCode(emulator));
    expect(json.access_token_expires_at).toMatch(NO_FRACTION);
  });
});

describe("the clock", () => {
  it("is the Date of every answer", async () => {
    const before = Date.now();
    emulator.advanceClock(86_400);
    for (const path of [
      "/",
      "/login",
      "/api/oauth/token",
      "/external-api/v2/me",
      "/_emulator/requests",
      "/nope",
    ]) {
      const { headers } = await ask(`${emulator.url}${path}`);
      const date = Date.parse(headers.get("date") ?? "");
      expect(Math.abs(date - before - 86_400_000)).toBeLessThan(5000);
    }
    expect(Math.abs(emulator.now().getTime() - before - 86_400_000)).toBeLessThan(5000);
  });

  it("can be moved over HTTP, and reset puts it back", async () => {
    await post(`${emulator.url}/_emulator/clock`, { advance_seconds: 7200 });
    expect(emulator.now().getTime() - Date.now()).toBeGreaterThan(7_190_000);
    await post(`${emulator.url}/_emulator/reset`, {});
    expect(Math.abs(emulator.now().getTime() - Date.now())).toBeLessThan(1000);
  });

  it("decides what has expired", async () => {
    const { access_token } = await signIn(emulator);
    const status = async () =>
      (
        await ask(`${emulator.url}/external-api/v1/me`, {
          headers: { Authorization: `Bearer ${access_token}` },
        })
      ).status;
    emulator.advanceClock(3590);
    expect(await status()).toBe(200);
    emulator.advanceClock(11);
    expect(await status()).toBe(401);
    emulator.advanceClock(-60);
    expect(await status()).toBe(200);
  });
});
