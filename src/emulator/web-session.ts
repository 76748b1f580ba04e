import type { Platform, WebSession } from "./platform.js";
import { newWebSession } from "./secrets.js";

const WEB_SESSION_SECONDS = 24 * 60 * 60;
const COOKIE = "agpt_web_session";

export function createWebSession(platform: Platform, user_id: string): string {
  const token = newWebSession();
  platform.webSessions.set(token, { user_id, expires_at: platform.clock.now() + WEB_SESSION_SECONDS * 1000 });
  return token;
}

export function findWebSession(platform: Platform, token: string): WebSession | "expired" | "unknown" {
  const session = platform.webSessions.get(token);
  if (!session) return "unknown";
  return session.expires_at < platform.clock.now() ? "expired" : session;
}

/** No Max-Age: browsers go by their own clock, not by the emulator's. */
export function toSetCookie(token: string): string {
  return `${toCookie(token)}; Path=/; HttpOnly; SameSite=Lax`;
}

export function toCookie(token: string): string {
  return `${COOKIE}=${token}`;
}

export function fromCookies(header: string | undefined): string | undefined {
  return header
    ?.split("; ")
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
}
