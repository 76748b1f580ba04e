import type { Request, Response } from "express";
import type { Transactions } from "./transaction.js";

let warned = false;

/**
 * express-session silently leaves out a Secure cookie when it takes the request for plain http, which is what
 * happens behind a proxy that ends TLS: everybody would be signed in and out again at once.
 */
export function warnIfSessionCookieIsDropped(req: Request, res: Response, transactions: Transactions): void {
  if (warned || !req.session.cookie.secure || req.secure) return;
  res.once("finish", () => {
    const header = res.getHeader("set-cookie");
    const cookies = Array.isArray(header) ? header : [String(header ?? "")].filter((cookie) => cookie !== "");
    if (transactions.setByOthers(cookies)) return;
    warned = true;
    process.emitWarning(
      'The session cookie was not sent, so nobody stays signed in: it is Secure, but Express takes the request for plain http. Behind a proxy that ends TLS call app.set("trust proxy", 1); on plain http leave cookie.secure out.',
      { code: "AUTOGPT_SESSION_COOKIE_DROPPED" },
    );
  });
}
