import type { Request } from "express";
import { RequestError } from "../errors.js";

/** Longer than any query of ours: the longest has a return path of 512 bytes. */
const LONGEST_QUERY = 8192;

/** The address of the request as the app's outermost router saw it; a WebSocket's upgrade passed no router of Express. */
export function urlOf({ originalUrl, url }: { originalUrl?: string; url: string }): string {
  return originalUrl ?? url;
}

/** Its path, without the query; never decoded. */
export function pathOf(req: Request): string {
  const url = urlOf(req);
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

/**
 * The query of one of our routes, read from the raw URL, so that the app's query parser cannot turn
 * `?state[]=x` into an array or `?__proto__[x]=1` into something worse.
 *
 * @throws {RequestError} 400 for a repeated parameter (RFC 6749 section 3.1), brackets, control characters, a
 * broken percent sign, or too much.
 */
export function readQuery(req: Request): ReadonlyMap<string, string> {
  const raw = req.originalUrl.slice(pathOf(req).length + 1);
  if (raw.length > LONGEST_QUERY) throw malformed("The query is too long.");
  const query = new Map<string, string>();
  for (const part of raw.split("&").filter((part) => part !== "")) {
    const end = part.indexOf("=");
    const name = decode(end === -1 ? part : part.slice(0, end));
    if (query.has(name)) throw malformed("A parameter is there twice.");
    if (/[[\]]/.test(name) || name in Object.prototype)
      throw malformed("A parameter has a name that is not allowed.");
    query.set(name, end === -1 ? "" : decode(part.slice(end + 1)));
  }
  return query;
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw malformed("A percent sign is not followed by two hexadecimal digits of UTF-8.");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
  if (/[\x00-\x1f\x7f]/.test(decoded)) throw malformed("A parameter holds a control character.");
  return decoded;
}

function malformed(what: string): RequestError {
  return new RequestError(`${what} Send each parameter once, percent-encoded.`, {
    status: 400,
    code: "malformed_request",
  });
}
