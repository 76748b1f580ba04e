import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";

/** An answer as a value: what is decided apart from how it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly html?: string;
  /** Sent as they are; `headers` says what they are. */
  readonly bytes?: Uint8Array;
}

export function send(res: ServerResponse, answer: Answer): void {
  res.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  if (answer.json !== undefined) {
    // Without a charset, as FastAPI does and unlike res.json() of Express.
    res.setHeader("Content-Type", "application/json").end(JSON.stringify(answer.json));
  } else if (answer.html !== undefined) {
    res.setHeader("Content-Type", "text/html; charset=utf-8").end(answer.html);
  } else if (answer.text !== undefined) {
    res.setHeader("Content-Type", "text/plain; charset=utf-8").end(answer.text);
  } else {
    res.end(answer.bytes);
  }
}

/** A deliberate refusal: the text is for the wire, its shape depends on the API that sends it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

export function notFound(): Refusal {
  return new Refusal(404, STATUS_CODES[404] ?? "");
}

export function methodNotAllowed(allowed: string): Refusal {
  return new Refusal(405, STATUS_CODES[405] ?? "", { Allow: allowed });
}

/** `POST /api/oauth/token`, as the platform names a request in its errors. */
export function nameRequest(req: IncomingMessage & { originalUrl?: string }): string {
  return `${req.method} ${(req.originalUrl ?? req.url ?? "/").split("?", 1)[0]}`;
}

/** Section 12 of the contract; the platform puts these on every answer, pages included. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "Cache-Control": "no-store, no-cache, must-revalidate, private",
  Pragma: "no-cache",
  Expires: "0",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "strict-origin-when-cross-origin",
  // Browsers ignore it over plain HTTP (RFC 6797, section 8.1), so it cannot lock a developer out.
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
});
