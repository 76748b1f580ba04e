import type { Request, Response } from "express";
import { type Answer, Refusal } from "../answer.js";
import type { Handler, Methods } from "../area.js";
import { card, PAGE_CSP } from "../html.js";
import type { Platform } from "../platform.js";
import type { EmulatorUser } from "../seed.js";
import { findWebSession, fromCookies } from "../web-session.js";

/** A page people open; HEAD as well, because tools that wait for a server ask so. */
export function opens(get: Handler): Methods {
  const withCsp: Handler = async (req, res) => {
    res.setHeader("Content-Security-Policy", PAGE_CSP);
    return get(req, res);
  };
  return { GET: withCsp, HEAD: withCsp };
}

/** A page with a form on it. */
export function submits(get: Handler, post: Handler): Methods {
  const withCsp: Handler = async (req: Request, res: Response) => {
    res.setHeader("Content-Security-Policy", PAGE_CSP);
    return post(req, res);
  };
  return { ...opens(get), POST: withCsp };
}

export function redirect(status: 302 | 303, location: string): Answer {
  // A header cannot hold more than ASCII; browsers do the same with what they are given.
  const ascii = location.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent);
  return { status, headers: { Location: ascii } };
}

export function queryOf(req: Request): URLSearchParams {
  return new URLSearchParams(req.originalUrl.split("?").slice(1).join("?"));
}

/** Who uses the browser; `undefined` when nobody is signed in, or no longer. */
export function findUser(platform: Platform, req: Request): EmulatorUser | undefined {
  const token = fromCookies(req.headers.cookie);
  const session = token === undefined ? "unknown" : findWebSession(platform, token);
  return typeof session === "string" ? undefined : platform.users.get(session.user_id);
}

/** Where the web app sends people who are not signed in; the page they wanted is kept. */
export function redirectToLogin(req: Request): Answer {
  return redirect(302, `/login?next=${encodeURIComponent(req.originalUrl)}`);
}

export function answerWebError(error: unknown): Answer {
  if (error instanceof Refusal) {
    const html = card(error.detail, "This page of the AutoGPT emulator could not be shown.");
    return { status: error.status, headers: { ...error.headers, "Content-Security-Policy": PAGE_CSP }, html };
  }
  return { status: 500, text: "Internal Server Error" };
}
