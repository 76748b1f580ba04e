import { createHash } from "node:crypto";
import type { Express, Request, Response } from "express";
import type { Scope } from "../../scopes.js";
import { createArea, type Handler } from "../area.js";
import type { Platform } from "../platform.js";
import { blocks } from "./blocks.js";
import { type Credential, requireScopes } from "./credential.js";
import { answerV2Error } from "./v2-errors.js";
import { readPage } from "./v2-page.js";
import { admit } from "./v2-rate-limit.js";

export function createV2Area(platform: Platform): Express {
  const get = (scope: Scope, read: (credential: Credential, req: Request) => unknown): { GET: Handler } => ({
    GET(req: Request, res: Response) {
      const credential = admit(platform, req, res);
      requireScopes(credential, [scope]);
      return { status: 200, json: read(credential, req) };
    },
  });
  return createArea(
    {
      "/external-api/v2/me": get("IDENTITY", toIdentity),
      "/external-api/v2/blocks": get("READ_BLOCK", (_credential, req) => readPage(blocks, req)),
    },
    answerV2Error,
  );
}

function toIdentity({ user, scopes, type }: Credential) {
  return {
    user_id: user.id,
    email: user.email,
    name: user.name,
    timezone: user.timezone,
    // OAuth tokens act in the user's personal organization; nobody has another one here.
    organization: {
      id: personalOrganizationId(user.id),
      name: `${user.name ?? user.email} (personal)`,
      is_personal: true,
    },
    team: null,
    scopes,
    credential_type: type,
  };
}

/** The same at every start, and of the form ids have. */
function personalOrganizationId(userId: string): string {
  const hex = createHash("sha256").update(`organization of ${userId}`).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
