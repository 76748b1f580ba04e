import type { Express } from "express";
import { createArea } from "../area.js";
import type { Platform } from "../platform.js";
import { answerOAuthError } from "./errors.js";
import { answerIntrospect } from "./introspect.js";
import { answerRevoke } from "./revoke.js";
import { answerAppInfo, answerAuthorize } from "./session-routes.js";
import { answerToken } from "./token.js";

/** The OAuth provider of the backend. */
export function createOAuthArea(platform: Platform): Express {
  return createArea(
    {
      "/api/oauth/authorize": { POST: (req) => answerAuthorize(platform, req) },
      "/api/oauth/token": { POST: (req) => answerToken(platform, req) },
      "/api/oauth/introspect": { POST: (req) => answerIntrospect(platform, req) },
      "/api/oauth/revoke": { POST: (req) => answerRevoke(platform, req) },
      "/api/oauth/app/:client_id": { GET: (req) => answerAppInfo(platform, req) },
    },
    answerOAuthError,
  );
}
