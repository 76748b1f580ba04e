import { afterEach, beforeEach, expect } from "vitest";

/** Fails each test of a file that leaves a rejection or an exception unhandled. */
export function expectNothingUnhandled(): void {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);
  const events = ["unhandledRejection", "uncaughtException"] as const;
  beforeEach(() => {
    for (const event of events) process.on(event, onUnhandled);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    for (const event of events) process.off(event, onUnhandled);
    expect(unhandled.splice(0)).toEqual([]);
  });
}
