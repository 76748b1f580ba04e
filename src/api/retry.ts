import type { Operation } from "./operation.js";

/** What came of one try: a status, or no answer at all. */
export interface Try {
  readonly status: number | "network fault";
  /** The answer's `Retry-After`, as it stands. */
  readonly retryAfter?: string | null | undefined;
  /** 1 for the first. */
  readonly number: number;
}

/** Tries at most; with the waits below a call that fails takes about four seconds. */
const MOST_TRIES = 4;

/** The wait before the second try, which then doubles, and the longest that we choose ourselves; milliseconds. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 4_000;

/** Spreads callers that were told the same `Retry-After`; milliseconds. */
const SPREAD = 250;

/**
 * Pure: after how many milliseconds may the call be repeated? `undefined`: not at all.
 *
 * Reads repeat on 429, 500, 502, 503 and network faults; starts of runs, which carry an Idempotency-Key, on 409
 * too; every other write on 429 only (external-api-v2.md, "Safe retries").
 */
export function retryDelay(
  { retryOn }: Pick<Operation, "retryOn">,
  { status, retryAfter, number }: Try,
  { now = Date.now(), random = Math.random }: { now?: number; random?: () => number } = {},
): number | undefined {
  const safe = status === "network fault" ? retryOn.some((known) => known >= 500) : retryOn.includes(status);
  if (!safe || number >= MOST_TRIES) return undefined;
  const told = parseRetryAfter(retryAfter, now);
  if (told !== undefined) return told + random() * SPREAD;
  const most = Math.min(FIRST_WAIT * 2 ** (number - 1), LONGEST_WAIT);
  return most / 2 + (random() * most) / 2;
}

/** `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3) -> milliseconds from now. */
export function parseRetryAfter(value: string | null | undefined, now = Date.now()): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
