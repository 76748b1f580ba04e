import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { anotherProcess, FaultyStore, refreshes, signInUser } from "../harness/grants.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
afterEach(() => {
  vi.useRealTimers();
});

describe("a process whose clock is wrong", () => {
  it.each([
    ["two minutes behind the platform's", 120],
    ["two minutes before the platform's", -120],
  ])("sends no expired access token and asks for new ones once: %s", async (_, seconds) => {
    emulator.reset();
    const store = new FaultyStore();
    const { userId } = await signInUser(emulator, store);
    emulator.clearRequests();
    // Both clocks move on, the platform's further or less far, until an hour after sign-in by its own.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + (3599 - seconds) * 1000 });
    emulator.advanceClock(seconds);
    const cold = anotherProcess(emulator, store); // no answer has told it the time yet
    const { api } = await cold.grantFor(userId, "READ_BLOCK");
    for (let n = 0; n < 5; n += 1) expect((await api.GET("/v2/blocks")).response.status).toBe(200);
    expect(refreshes(emulator)).toHaveLength(1);
    expect(emulator.requests().filter(({ status }) => status === 401)).toEqual([]);
  });
});
