import { Refusal } from "../answer.js";
import type { Platform } from "../platform.js";
import type { Application } from "../seed.js";

/** @throws Refusal 401; a disabled application is found out before its secret is looked at */
export function authenticateClient(
  platform: Platform,
  given: { client_id: string; client_secret: string },
): Application {
  const application = platform.applications.get(given.client_id);
  if (!application) throw new Refusal(401, "Invalid client_id");
  if (!application.is_active) throw new Refusal(401, "Application is not active");
  // No constant-time comparison: whoever can time an emulator can read its secrets in the page at "/".
  if (application.client_secret !== given.client_secret) throw new Refusal(401, "Invalid client_secret");
  return application;
}
