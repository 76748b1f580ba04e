import type { Request } from "express";
import { findAccessToken } from "../access-token.js";
import type { Answer } from "../answer.js";
import { readBody } from "../body.js";
import type { Platform, Token } from "../platform.js";
import { checkParameters, oneOf, orNull, text, unwrap } from "../schema.js";
import { authenticateClient } from "./client.js";

export const tokenParameters = {
  token: text,
  token_type_hint: orNull(oneOf("access_token", "refresh_token")),
  client_id: text,
  client_secret: text,
};

const inactive = Object.freeze({
  active: false,
  scopes: null,
  client_id: null,
  user_id: null,
  exp: null,
  token_type: null,
});

/** `POST /api/oauth/introspect`: any application may ask about any application's token. */
export async function answerIntrospect(platform: Platform, req: Request): Promise<Answer> {
  platform.log.note(req, { outcome: "refused" });
  const given = unwrap(checkParameters(tokenParameters, await readBody(req)));
  authenticateClient(platform, given);
  const access = given.token_type_hint === "refresh_token" ? undefined : findLive(platform, given.token);
  if (access) return active(platform, req, access, "access_token");

  const refresh = platform.refreshTokens.get(given.token);
  if (refresh && refresh.revoked_at === undefined && refresh.expires_at > platform.clock.now()) {
    return active(platform, req, refresh, "refresh_token");
  }
  platform.log.note(req, { outcome: "inactive" });
  return { status: 200, json: inactive };
}

function findLive(platform: Platform, value: string): Token | undefined {
  const found = findAccessToken(platform, value);
  // The platform catches the other refusals here but not this one, so it becomes a 500 (section 6).
  if (found.refusal === "Client application is disabled") throw new Error(found.refusal);
  return found.token;
}

function active(
  { log }: Platform,
  req: Request,
  token: Token,
  token_type: "access_token" | "refresh_token",
): Answer {
  log.note(req, { outcome: "active", token_type });
  const { scopes, client_id, user_id, expires_at } = token;
  const exp = Math.floor(expires_at / 1000);
  return { status: 200, json: { active: true, scopes, client_id, user_id, exp, token_type } };
}
