import type { Request } from "express";
import type { Answer } from "../answer.js";
import { readBody } from "../body.js";
import type { Platform } from "../platform.js";
import { checkModel, oneOf, SchemaFault, text } from "../schema.js";
import { authenticateClient } from "./client.js";
import { exchangeCode } from "./exchange-code.js";
import type { TokenAnswer } from "./issue-tokens.js";
import { refresh } from "./refresh.js";

// Members in the order in which the platform reports them.
const byCode = {
  grant_type: oneOf("authorization_code"),
  code: text,
  redirect_uri: text,
  client_id: text,
  client_secret: text,
  code_verifier: text,
};
const byRefreshToken = {
  grant_type: oneOf("refresh_token"),
  refresh_token: text,
  client_id: text,
  client_secret: text,
};

/** `POST /api/oauth/token` */
export async function answerToken(platform: Platform, req: Request): Promise<Answer> {
  const body = await readBody(req);
  const code = checkModel(byCode, body, ["body", "TokenRequestByCode"]);
  const token = checkModel(byRefreshToken, body, ["body", "TokenRequestByRefreshToken"]);
  if (!code.items) return note(platform, req, code.value.grant_type, () => grantByCode(platform, code.value));
  if (!token.items)
    return note(platform, req, token.value.grant_type, () => grantByToken(platform, token.value));
  platform.log.note(req, { outcome: "refused" });
  // An empty body fits neither shape, but is one fault.
  throw new SchemaFault(body === null ? code.items : [...code.items, ...token.items]);
}

async function grantByCode(
  platform: Platform,
  given: Parameters<typeof exchangeCode>[1] & { client_secret: string },
): Promise<TokenAnswer> {
  authenticateClient(platform, given);
  return exchangeCode(platform, given);
}

async function grantByToken(
  platform: Platform,
  given: Parameters<typeof refresh>[1] & { client_secret: string },
): Promise<TokenAnswer> {
  authenticateClient(platform, given);
  return refresh(platform, given);
}

async function note(
  { log }: Platform,
  req: Request,
  grant_type: "authorization_code" | "refresh_token",
  grant: () => Promise<TokenAnswer>,
): Promise<Answer> {
  log.note(req, { grant_type, outcome: "refused" });
  const json = await grant();
  log.note(req, { outcome: "issued" });
  return { status: 200, json };
}
