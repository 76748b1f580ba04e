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

/** What signing a browser out needs. */
export interface SignOutParts {
  readonly sessions: Sessions;
  readonly grants: Grants;
  /** Ends a grant; resolves, once that is stored, to the revocation under way. */
  signOut(key: GrantKey): Promise<{ revocation: Promise<void> }>;
}

/** Ends the grant, then the session, then tells the platform. */
export async function signBrowserOut(
  req: Request,
  { sessions, grants, signOut }: SignOutParts,
): Promise<void> {
  const mark = sessions.read(req);
  if (!mark) return;
  // The grant decides who is signed in, so it ends first: a session written late signs nobody in.
  const { revocation } = await signOut(grants.keyOf(mark));
  await sessions.end(req);
  await Promise.race([revocation, patience()]);
}

/** `POST /auth/logout?returnTo=/path`: signs the browser out, for pages of our own. */
export async function logout(
  req: Request,
  res: Response,
  { config, ...parts }: SignOutParts & { readonly config: Config },
): Promise<void> {
  const query = readQuery(req);
  if (!mayChangeState(senderOf(req.headers), config)) {
    throw new RequestError("Sign-out was asked for by another site. Sign out with a form of this app.", {
      status: 403,
      code: "cross_site_request",
    });
  }
  await signBrowserOut(req, parts);
  redirect(res, config.basePath + safeReturnPath(query.get("returnTo")), 303);
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE).unref());
}
