import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Recent } from "../../src/grants/recent.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

describe("what a process remembers", () => {
  it("drops what is too old though nobody asks for it", () => {
    const recent = new Recent<string>({ maxSize: 1000, maxAge: 60_000 });
    for (let n = 0; n < 100; n += 1) recent.set(`old ${n}`, "tokens");
    vi.advanceTimersByTime(60_001);
    recent.set("new", "tokens");
    expect(recent.size).toBe(1);
    expect(recent.get("new")).toBe("tokens");
  });

  it("keeps what is not too old", () => {
    const recent = new Recent<string>({ maxSize: 1000, maxAge: 60_000 });
    recent.set("first", "1");
    vi.advanceTimersByTime(40_000);
    recent.set("second", "2");
    vi.advanceTimersByTime(20_001);
    recent.set("third", "3");
    expect([...recent.keys()].sort()).toEqual(["second", "third"]);
  });
});
