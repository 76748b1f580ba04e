import type { Request, Response } from "express";

let warned = false;

/**
 * express-session silently leaves out a Secure cookie when it takes the request for plain http, which is what
 * happens behind a proxy that ends TLS: everybody would be signed in and out again at once.
 */
export function warnIfSessionCookieIsDropped(req: Request, res: Response): void {
  if (warned || !req.session.cookie.secure || req.secure) return;
  const sessionId = req.sessionID;
  res.once("finish", () => {
    // Its name is the app's choice; its value holds the session's ID.
    if (String(res.getHeader("set-cookie")).includes(encodeURIComponent(sessionId))) return;
    warned = true;
    process.emitWarning(
      'The session cookie was not sent, so nobody stays signed in: it is Secure, but Express takes the request for plain http. Behind a proxy that ends TLS call app.set("trust proxy", 1); on plain http leave cookie.secure out.',
      { code: "AUTOGPT_SESSION_COOKIE_DROPPED" },
    );
  });
}
