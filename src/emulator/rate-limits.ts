import type { Clock } from "./clock.js";

const WINDOW_SECONDS = 60;

export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly reset: number;
  readonly exceeded: boolean;
}

export interface RateLimits {
  /** Counts one request against the bucket `key`. */
  count(key: string, limit: number): RateLimitState;
  clear(): void;
}

/** Fixed windows on clock boundaries (external-api-v2.md, "Rate limits"). */
export function createRateLimits(clock: Clock): RateLimits {
  const used = new Map<string, number>();
  let current = 0;
  return {
    count(key, limit) {
      const seconds = Math.floor(clock.now() / 1000);
      const window = Math.floor(seconds / WINDOW_SECONDS);
      if (window !== current) {
        used.clear();
        current = window;
      }
      const count = (used.get(key) ?? 0) + 1;
      used.set(key, count);
      return {
        limit,
        remaining: Math.max(0, limit - count),
        reset: WINDOW_SECONDS - (seconds % WINDOW_SECONDS),
        exceeded: count > limit,
      };
    },
    clear: () => used.clear(),
  };
}
