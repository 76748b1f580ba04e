import type { Request } from "express";
import { type Answer, Refusal } from "../answer.js";
import { readBody } from "../body.js";
import type { Platform } from "../platform.js";
import { checkModel, unwrap } from "../schema.js";
import { findWebSession } from "../web-session.js";
import { codeRequest, issueCode } from "./issue-code.js";

/** `POST /api/oauth/authorize`, the call behind the *Authorize* button. */
export async function answerAuthorize(platform: Platform, req: Request): Promise<Answer> {
  const user_id = requireWebSession(platform, req);
  const request = unwrap(checkModel(codeRequest, await readBody(req), ["body"]));
  return { status: 200, json: { redirect_url: issueCode(platform, user_id, request) } };
}

/** `GET /api/oauth/app/{client_id}`: unknown and disabled applications look the same. */
export function answerAppInfo(platform: Platform, req: Request): Answer {
  requireWebSession(platform, req);
  const application = platform.applications.get(String(req.params.client_id));
  if (!application?.is_active) throw new Refusal(404, "Application not found");
  const { name, description, logo_url, scopes, redirect_uris } = application;
  return { status: 200, json: { name, description, logo_url, scopes, redirect_uris } };
}

/** OAuth tokens and API keys do not work here. */
function requireWebSession(platform: Platform, req: Request): string {
  const [scheme = "", ...rest] = (req.headers.authorization ?? "").split(" ");
  const token = rest.join(" ");
  if (scheme.toLowerCase() !== "bearer" || token === "") {
    throw new Refusal(401, "Authorization header is missing");
  }
  const session = findWebSession(platform, token);
  if (session === "expired") throw new Refusal(401, "Token has expired");
  // The reason PyJWT gives for what is not a JWT at all.
  if (session === "unknown") throw new Refusal(401, "Invalid token: Not enough segments");
  return session.user_id;
}
