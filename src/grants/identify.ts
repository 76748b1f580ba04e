import { PlatformError } from "../errors.js";
import type { User } from "../user.js";

/** The two ways to ask who a token belongs to, handed over by those who know how. */
export interface IdentitySources {
  /** `GET /v1/me` or `/v2/me` with the token: the status, and the body when it was JSON. */
  getMe(version: "v1" | "v2", accessToken: string): Promise<{ status: number; body: unknown }>;
  /** Introspection's user ID, which needs no scope. */
  introspectUser(accessToken: string): Promise<string | undefined>;
}

/** Seconds after which a sign-in that met a passing fault is worth another try. */
const RETRY_AFTER = 5;

/**
 * Who granted this? `GET /v2/me`, `/v1/me` where the instance has no v2, introspection where IDENTITY was not
 * granted; all three name the same ID (oauth.md sections 6 and 10).
 *
 * @throws {PlatformError} when the platform does not say.
 */
export async function identify(
  accessToken: string,
  granted: readonly string[],
  sources: IdentitySources,
): Promise<User> {
  if (!granted.includes("IDENTITY")) {
    const id = await sources.introspectUser(accessToken);
    if (!id) throw new PlatformError("The platform did not say who signed in. Start signing in again.");
    return { id };
  }
  const v2 = await sources.getMe("v2", accessToken);
  const answer = v2.status === 404 ? await sources.getMe("v1", accessToken) : v2;
  const user = answer.status === 200 ? readUser(answer.body) : undefined;
  if (user) return user;
  const passing = answer.status === 429 || answer.status >= 500;
  throw new PlatformError(
    `The platform answered ${answer.status} when asked who signed in. Start signing in again.`,
    passing ? { retryAfter: RETRY_AFTER } : {},
  );
}

function readUser(body: unknown): User | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { user_id, id = user_id, email, name, timezone }: Record<string, unknown> = { ...body };
  if (typeof id !== "string" || id === "") return undefined;
  return {
    id,
    ...(typeof email === "string" && { email }),
    ...(typeof name === "string" && name !== "" && { name }),
    // A user who never chose one has "not-set".
    ...(typeof timezone === "string" && timezone !== "not-set" && { timezone }),
  };
}
