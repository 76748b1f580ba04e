import type { Request } from "express";
import type { Answer } from "../answer.js";
import { readBody } from "../body.js";
import type { Platform, Token } from "../platform.js";
import { checkParameters, unwrap } from "../schema.js";
import { authenticateClient } from "./client.js";
import { tokenParameters } from "./introspect.js";

/** `POST /api/oauth/revoke`: ok to every authenticated application, whether or not something was revoked. */
export async function answerRevoke(platform: Platform, req: Request): Promise<Answer> {
  platform.log.note(req, { outcome: "refused" });
  const given = unwrap(checkParameters(tokenParameters, await readBody(req)));
  authenticateClient(platform, given);
  const isOwn = (token: Token | undefined) => token?.client_id === given.client_id;
  // A wrong hint prevents the revocation; the other wrong hint does not.
  const access = platform.accessTokens.get(given.token);
  const refresh = platform.refreshTokens.get(given.token);
  if (given.token_type_hint !== "refresh_token" && access && isOwn(access)) {
    revoke(platform, req, access, "access_token");
  } else if (refresh && isOwn(refresh)) {
    revoke(platform, req, refresh, "refresh_token");
  } else {
    platform.log.note(req, { outcome: "nothing_revoked" });
  }
  return { status: 200, json: { status: "ok" } };
}

function revoke(
  { log, clock }: Platform,
  req: Request,
  token: Token,
  token_type: "access_token" | "refresh_token",
): void {
  log.note(
    req,
    token.revoked_at === undefined ? { outcome: "revoked", token_type } : { outcome: "nothing_revoked" },
  );
  token.revoked_at ??= clock.now();
}
