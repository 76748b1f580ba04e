import type { IncomingMessage, ServerResponse } from "node:http";
import type { RateLimit } from "../../api/operation.js";
import { Refusal } from "../answer.js";
import type { Platform } from "../platform.js";
import type { RateLimitState } from "../rate-limits.js";
import { type Credential, readCredential } from "./credential.js";

const PER_USER_AND_MINUTE = 200;
const PER_ADDRESS_AND_MINUTE = 5;
const DOCUMENTS_PER_ADDRESS_AND_MINUTE = 60;

/**
 * Lets a request with a valid credential into v2, and counts it: all credentials of one user share a bucket,
 * and whatever has no valid one shares the address's.
 *
 * @throws Refusal 401, or 429 when the bucket is empty
 */
export function admit(platform: Platform, req: IncomingMessage, res: ServerResponse): Credential {
  let credential: Credential;
  try {
    credential = readCredential(platform, req);
  } catch (refusal) {
    spend(res, platform.rateLimits.count(`address ${addressOf(req)}`, PER_ADDRESS_AND_MINUTE));
    throw refusal;
  }
  spend(res, platform.rateLimits.count(`user ${credential.user.id}`, PER_USER_AND_MINUTE));
  return credential;
}

/**
 * Counts a request of an operation with a limit of its own. Its numbers replace the general ones in the
 * headers, because it runs out first.
 *
 * @throws Refusal 429
 */
export function admitOperation(
  platform: Platform,
  res: ServerResponse,
  userId: string,
  operation: string,
  { requests, windowSeconds }: RateLimit,
): void {
  spend(res, platform.rateLimits.count(`user ${userId} ${operation}`, requests, windowSeconds));
}

/** The documents of v2 need no credential, but have a limit. */
export function admitReader(platform: Platform, req: IncomingMessage, res: ServerResponse): void {
  const bucket = `documents ${addressOf(req)}`;
  spend(res, platform.rateLimits.count(bucket, DOCUMENTS_PER_ADDRESS_AND_MINUTE));
}

function addressOf(req: IncomingMessage): string {
  return req.socket.remoteAddress ?? "";
}

function spend(res: ServerResponse, { limit, remaining, reset, exceeded }: RateLimitState): void {
  res.setHeader("X-RateLimit-Limit", limit);
  res.setHeader("X-RateLimit-Remaining", remaining);
  res.setHeader("X-RateLimit-Reset", reset);
  if (exceeded) throw new Refusal(429, "Rate limit exceeded", { "Retry-After": String(reset) });
}
