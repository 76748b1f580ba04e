import { type Answer, Refusal } from "../answer.js";
import { SchemaFault } from "../schema.js";

const CODES: Readonly<Record<number, string>> = Object.freeze({
  400: "bad_request",
  401: "unauthorized",
  402: "payment_required",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "conflict",
  413: "payload_too_large",
  428: "precondition_required",
  429: "rate_limit_exceeded",
  502: "upstream_error",
  503: "service_unavailable",
});

/** The one error envelope of v2. */
export function answerV2Error(error: unknown): Answer {
  if (error instanceof Refusal) {
    const code = CODES[error.status] ?? (error.status < 500 ? "request_failed" : "internal_error");
    return envelope(error.status, code, error.detail, null, error.headers);
  }
  if (error instanceof SchemaFault) {
    return envelope(422, "validation_error", "Request validation failed", { errors: error.items });
  }
  return envelope(500, "internal_error", "Internal server error", null);
}

function envelope(
  status: number,
  code: string,
  message: string,
  details: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers, json: { error: { code, message, details } } };
}
