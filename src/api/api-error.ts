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
    // A 422 repeats what was sent, but for where and what is wrong.
    platformMessage: status === 422 ? faultsOf(error) : typeof text === "string" ? text : undefined,
    retryAfter: wait === undefined ? undefined : Math.ceil(wait / 1000),
  });
}

/** `details.errors[]` of v2 as "body.inputs.topic missing", without the values. */
function faultsOf(error: unknown): string | undefined {
  const { details }: { details?: unknown } = { ...Object(error) };
  const { errors }: { errors?: unknown } = { ...Object(details) };
  if (!Array.isArray(errors)) return undefined;
  const faults = errors.map((fault) => {
    const { loc, type }: { loc?: unknown; type?: unknown } = { ...Object(fault) };
    return `${Array.isArray(loc) ? loc.join(".") : "somewhere"} ${String(type)}`;
  });
  return faults.join(", ");
}
