export interface Clock {
  /** Milliseconds since the epoch, by the emulator's clock. */
  now(): number;
  advance(seconds: number): void;
  reset(): void;
}

/** Real time plus an offset: everything that expires, and every `Date` header, goes by it. */
export function createClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance(seconds) {
      // Whole milliseconds, because instants are stored with that precision.
      offset += Math.round(seconds * 1000);
    },
    reset() {
      offset = 0;
    },
  };
}
