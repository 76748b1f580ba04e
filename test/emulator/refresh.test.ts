import { describe, expect, it } from "vitest";
import { emulatorForTests, me, otherApplication, post, refresh, signIn, signInToOther } from "./setup.js";

const emulator = await emulatorForTests();
const older = await emulatorForTests({ refreshWinners: "all" });

async function race(of: typeof emulator) {
  const { refresh_token } = await signIn(of);
  return Promise.all(Array.from({ length: 8 }, () => refresh(of, refresh_token)));
}

describe("refresh", () => {
  it("rotates: new pair, same scopes, earlier access token alive, no grace", async () => {
    const first = await signIn(emulator);
    const { status, json } = await refresh(emulator, first.refresh_token, { scope: "IDENTITY" });
    expect(status).toBe(200);
    expect(json.scopes).toEqual(["IDENTITY", "READ_BLOCK"]);
    expect(json.refresh_token).not.toBe(first.refresh_token);
    expect((await me(emulator, first.access_token)).status).toBe(200);
    expect((await me(emulator, json.access_token)).status).toBe(200);

    const reuse = await refresh(emulator, first.refresh_token);
    expect([reuse.status, reuse.json]).toEqual([
      400,
      { detail: "Invalid grant: refresh token has been revoked" },
    ]);
    // No reuse detection: the family lives on.
    expect((await refresh(emulator, json.refresh_token)).status).toBe(200);
  });

  it("renews the 30 days", async () => {
    const { refresh_token } = await signIn(emulator);
    emulator.advanceClock(20 * 86_400);
    const second = (await refresh(emulator, refresh_token)).json;
    emulator.advanceClock(20 * 86_400);
    expect((await refresh(emulator, second.refresh_token)).status).toBe(200);
  });

  it("refuses unknown, revoked, foreign, expired in this order", async () => {
    const detail = async (token: string, changes = {}) => {
      const answer = await refresh(emulator, token, changes);
      expect(answer.status).toBe(400);
      return answer.json.detail;
    };
    const { client_id, client_secret } = otherApplication;
    const other = { client_id, client_secret };
    expect(await detail("agpt_rt_nothing")).toBe("Invalid grant: refresh token not found");

    const spent = (await signIn(emulator)).refresh_token;
    await refresh(emulator, spent);
    emulator.expire(spent);
    expect(await detail(spent, other)).toBe("Invalid grant: refresh token has been revoked");

    const foreign = (await signInToOther(emulator)).refresh_token;
    emulator.expire(foreign);
    expect(await detail(foreign)).toBe("Invalid grant: refresh token does not belong to this application");

    const old = (await signIn(emulator)).refresh_token;
    emulator.advanceClock(30 * 86_400 + 1);
    expect(await detail(old)).toBe("Invalid grant: refresh token expired");
  });

  it("does not take an access token", async () => {
    const { access_token } = await signIn(emulator);
    const { json } = await refresh(emulator, access_token);
    expect(json).toEqual({ detail: "Invalid grant: refresh token not found" });
  });
});

describe("concurrent refreshes with one token", () => {
  it("have one winner", async () => {
    const answers = await race(emulator);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { json } of answers.filter(({ status }) => status !== 200)) {
      expect(json).toEqual({ detail: "Invalid grant: refresh token has been revoked" });
    }
  });

  it("all win where it is switched on, and leave live families", async () => {
    const answers = await race(older);
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ json }) => json.refresh_token)).size).toBe(8);
    for (const { json } of answers) expect((await refresh(older, json.refresh_token)).status).toBe(200);
  });

  it("can be switched over HTTP; one after the other there is one winner in both", async () => {
    await post(`${emulator.url}/_emulator/settings`, { refresh_winners: "all" });
    expect((await race(emulator)).every(({ status }) => status === 200)).toBe(true);
    const { refresh_token } = await signIn(emulator);
    expect((await refresh(emulator, refresh_token)).status).toBe(200);
    expect((await refresh(emulator, refresh_token)).status).toBe(400);
    emulator.reset();
    expect((await race(emulator)).filter(({ status }) => status === 200)).toHaveLength(1);
  });
});
