import { ApiError } from "../errors.js";

/** An error answer of the API -> an error to throw, for helpers that make several calls. */
export function apiError(operation: string, response: Response, body: unknown): ApiError {
  const { status, headers } = response;
  const { error, detail }: { error?: unknown; detail?: unknown } = { ...Object(body) };
  const { code, message }: { code?: unknown; message?: unknown } = { ...Object(error) };
  const text = typeof message === "string" ? message : detail;
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return new ApiError(operation, {
    platformStatus: status,
    platformCode: typeof code === "string" ? code : undefined,
    // A 422 repeats what was sent.
    platformMessage: typeof text === "string" && status !== 422 ? text : undefined,
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  });
}
