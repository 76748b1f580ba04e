import type { Request, Response } from "express";
import type { Config } from "../config.js";
import { readQuery } from "./query.js";

/** `GET /auth/session`: tells the page's own script who is signed in, and where signing in and out begin. */
export function showSession(req: Request, res: Response, { basePath, paths }: Config): void {
  readQuery(req); // takes none, and no broken one
  const { signedIn, scopes } = req.autogpt;
  res.json({
    signedIn,
    user: signedIn ? req.autogpt.user : null,
    scopes,
    signIn: basePath + paths.login,
    signOut: basePath + paths.logout,
    basePath,
  });
}
