import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "../answer.js";
import type { Platform } from "../platform.js";
import type { RateLimitState } from "../rate-limits.js";
import { type Credential, readCredential } from "./credential.js";

const PER_USER_AND_MINUTE = 200;
const PER_ADDRESS_AND_MINUTE = 5;

/**
 * Lets a request with a valid credential in, and counts it: all credentials of one user share a bucket, and
 * whatever has no valid one shares the address's.
 *
 * @throws Refusal 401, or 429 when the bucket is empty
 */
export function admit(platform: Platform, req: IncomingMessage, res: ServerResponse): Credential {
  let credential: Credential;
  try {
    credential = readCredential(platform, req);
  } catch (refusal) {
    const address = req.socket.remoteAddress ?? "";
    spend(res, platform.rateLimits.count(`address ${address}`, PER_ADDRESS_AND_MINUTE));
    throw refusal;
  }
  spend(res, platform.rateLimits.count(`user ${credential.user.id}`, PER_USER_AND_MINUTE));
  return credential;
}

function spend(res: ServerResponse, { limit, remaining, reset, exceeded }: RateLimitState): void {
  res.setHeader("X-RateLimit-Limit", limit);
  res.setHeader("X-RateLimit-Remaining", remaining);
  res.setHeader("X-RateLimit-Reset", reset);
  if (exceeded) throw new Refusal(429, "Rate limit exceeded", { "Retry-After": String(reset) });
}
