import type { Request, Response } from "express";
import type { Config } from "../config.js";
import { RequestError } from "../errors.js";
import type { Grants } from "../grants/grants.js";
import type { GrantKey } from "../grants/store.js";
import { redirect } from "./navigation.js";
import { readQuery } from "./query.js";
import { mayChangeState, safeReturnPath, senderOf } from "./same-origin.js";
import type { Sessions } from "./session.js";

/** How long sign-out waits for the platform; revocation goes on in the background. */
const PATIENCE = 3000;

/** What the logout route needs. */
export interface LogoutParts {
  readonly config: Config;
  readonly sessions: Sessions;
  readonly grants: Grants;
  /** Ends a grant; resolves, once that is stored, to the revocation under way. */
  signOut(key: GrantKey): Promise<{ revocation: Promise<void> }>;
}

/** `POST /auth/logout?returnTo=/path`: ends the grant, then the session, then tells the platform. */
export async function logout(req: Request, res: Response, parts: LogoutParts): Promise<void> {
  const { config, sessions, grants } = parts;
  const query = readQuery(req);
  if (!mayChangeState(senderOf(req.headers), config)) {
    throw new RequestError("Sign-out was asked for by another site. Sign out with a form of this app.", {
      status: 403,
      code: "cross_site_request",
    });
  }
  const mark = sessions.read(req);
  // The grant decides who is signed in, so it ends first: a session written late signs nobody in.
  const ended = mark && (await parts.signOut(grants.keyOf(mark)));
  if (mark) await sessions.end(req);
  if (ended) await Promise.race([ended.revocation, patience()]);
  redirect(res, config.basePath + safeReturnPath(query.get("returnTo")), 303);
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE).unref());
}
