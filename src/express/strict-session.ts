import type { Request, Response } from "express";

/**
 * Whether the browser holds the session cookie back: SameSite=Strict cookies are not sent with a navigation
 * that another site began, and every callback is one (RFC 6265bis section 5.2).
 */
export function isHeldBack(req: Request): boolean {
  const { sameSite } = req.session.cookie;
  const strict = sameSite === true || String(sameSite).toLowerCase() === "strict";
  return strict && req.headers["sec-fetch-site"] !== "same-origin";
}

/** Loads the same address again, now from a page of our own; nothing was consumed. */
export function bringCookiesAlong(res: Response): void {
  res
    .status(200)
    .set("Content-Type", "text/html; charset=utf-8")
    .set("X-Content-Type-Options", "nosniff")
    .send(
      '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Signing in</title>',
    );
}
