import type { Request, Response } from "express";

/** A browser that fetches ahead of the person (`Sec-Purpose`; Firefox and older Chrome say it otherwise). */
export function isPrefetch(req: Request): boolean {
  const purpose = [req.headers["sec-purpose"], req.headers.purpose, req.headers["x-moz"]].join(" ");
  return /prefetch|prerender|preview/i.test(purpose);
}

/** A person opens a page: those may be sent elsewhere, programs may not. */
export function isNavigation(req: Request): boolean {
  return req.method === "GET" && !isPrefetch(req) && isForPerson(req);
}

/** The answer will be looked at by a person, whatever the method. */
export function isForPerson(req: Request): boolean {
  const mode = req.headers["sec-fetch-mode"];
  return mode === undefined ? req.accepts(["json", "html"]) === "html" : mode === "navigate";
}

/** Sends the person on without a body, which would repeat the address. */
export function redirect(res: Response, location: string, status: 302 | 303 = 302): void {
  res.status(status).set("Location", location).end();
}
