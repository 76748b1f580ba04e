/** What is left of the platform's rate limit, as one answer of v2 told it. */
export interface RateLimit {
  /** Calls that the present window allows. */
  readonly limit: number;
  /** Calls that are left in it. */
  readonly remaining: number;
  /** Seconds until the next window. */
  readonly resetsIn: number;
}

/**
 * Reads `X-RateLimit-*` of an answer; `undefined` where it has none, as answers of v1. The limit is the user's:
 * all keys and tokens of the account share it (external-api-v2.md, "Rate limits").
 *
 * @example
 * ```ts
 * import { createApiClient, readRateLimit } from "express-autogpt";
 *
 * const { response } = await createApiClient().GET("/v2/blocks");
 * console.log(readRateLimit(response)?.remaining);
 * ```
 */
export function readRateLimit({ headers }: { headers: Headers }): RateLimit | undefined {
  const [limit, remaining, resetsIn] = ["limit", "remaining", "reset"].map((name) => {
    const value = headers.get(`x-ratelimit-${name}`);
    return value === null || value.trim() === "" ? Number.NaN : Number(value);
  });
  if (limit === undefined || remaining === undefined || resetsIn === undefined) return undefined;
  return [limit, remaining, resetsIn].every(Number.isFinite) ? { limit, remaining, resetsIn } : undefined;
}
