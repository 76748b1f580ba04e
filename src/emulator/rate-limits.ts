import type { Clock } from "./clock.js";

const MINUTE = 60;

export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly reset: number;
  readonly exceeded: boolean;
}

export interface RateLimits {
  /** Counts one request against the bucket `key`. */
  count(key: string, limit: number, windowSeconds?: number): RateLimitState;
  clear(): void;
}

/** Fixed windows on clock boundaries (external-api-v2.md, "Rate limits"). */
export function createRateLimits(clock: Clock): RateLimits {
  const used = new Map<string, { window: number; count: number }>();
  return {
    count(key, limit, windowSeconds = MINUTE) {
      const seconds = Math.floor(clock.now() / 1000);
      const window = Math.floor(seconds / windowSeconds);
      const before = used.get(key);
      const count = before?.window === window ? before.count + 1 : 1;
      used.set(key, { window, count });
      return {
        limit,
        remaining: Math.max(0, limit - count),
        reset: windowSeconds - (seconds % windowSeconds),
        exceeded: count > limit,
      };
    },
    clear: () => used.clear(),
  };
}
