import { type Answer, Refusal } from "../answer.js";
import { SchemaFault } from "../schema.js";
import type { Version } from "./operations.js";

const CODES: Readonly<Record<number, string>> = Object.freeze({
  400: "bad_request",
  401: "unauthorized",
  402: "payment_required",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "conflict",
  413: "payload_too_large",
  422: "validation_error",
  428: "precondition_required",
  429: "rate_limit_exceeded",
  502: "upstream_error",
  503: "service_unavailable",
});

/** What was thrown, in the one error shape of its version. */
export function answerError(version: Version, error: unknown): Answer {
  // A fault of the emulator itself, which its user cannot see in the answer.
  if (!(error instanceof Refusal || error instanceof SchemaFault)) console.error(error);
  return version === "v1" ? answerV1Error(error) : answerV2Error(error);
}

function answerV1Error(error: unknown): Answer {
  if (error instanceof Refusal) {
    return { status: error.status, headers: error.headers, json: { detail: error.detail } };
  }
  if (error instanceof SchemaFault) return { status: 422, json: { detail: tellPage(error) ?? error.items } };
  return { status: 500, text: "Internal Server Error" };
}

/** v1 checks its page numbers by hand, and says so in a string (external-api-v1.yaml, Page and PageSize). */
function tellPage({ items }: SchemaFault): string | undefined {
  const fault = items.find(({ loc, type }) => type === "greater_than_equal" && loc[0] === "query");
  if (fault?.loc[1] === "page") return "Page must be greater than 0";
  return fault?.loc[1] === "page_size" ? "Page size must be greater than 0" : undefined;
}

function answerV2Error(error: unknown): Answer {
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
