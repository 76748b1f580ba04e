import { ApiError } from "../errors.js";
import { parseRetryAfter } from "./retry.js";

/** An error answer of the API -> an error to throw, for helpers that make several calls. */
export function apiError(operation: string, response: Response, body: unknown): ApiError {
  const { status, headers } = response;
  const { error, detail }: { error?: unknown; detail?: unknown } = { ...Object(body) };
  const { code, message }: { code?: unknown; message?: unknown } = { ...Object(error) };
  const text = typeof message === "string" ? message : detail;
  const wait = parseRetryAfter(headers.get("retry-after"));
  return new ApiError(operation, {
    platformStatus: status,
    platformCode: typeof code === "string" ? code : undefined,
    // A 422 repeats what was sent.
    platformMessage: typeof text === "string" && status !== 422 ? text : undefined,
    retryAfter: wait === undefined ? undefined : Math.ceil(wait / 1000),
  });
}
