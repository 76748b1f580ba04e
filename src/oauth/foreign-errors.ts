import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { ApplicationError, type AutoGPTError, CallbackError, PlatformError } from "../errors.js";

/** Seconds to wait after a passing fault, when the platform does not say. */
const RETRY_AFTER = 5;

/**
 * openid-client's errors -> ours, in this one place.
 *
 * Only the status, the OAuth error code and the name of the failed check are taken over: the errors' own
 * causes hold tokens, and those of 422 answers the client secret. `cause` is kept for network faults alone.
 */
export function toOurError(error: unknown): AutoGPTError {
  if (error instanceof AuthorizationResponseError) return fromCallback(error.error);
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) {
    const code = error instanceof ResponseBodyError ? error.error : "invalid_client";
    return fromStatus(error.status, error.response.headers, code);
  }
  if (error instanceof ClientError && error.cause instanceof Response) {
    return fromStatus(error.cause.status, error.cause.headers, "no OAuth error");
  }
  if (error instanceof ClientError) return fromCheck(error);
  // fetch() reports network faults as a TypeError whose cause is the socket's error.
  return new PlatformError("The platform cannot be reached. Try again in a moment.", {
    retryAfter: RETRY_AFTER,
    cause: networkFault(error),
  });
}

/** The one refusal that is about the grant and not about the application (RFC 6749 section 5.2). */
export function isInvalidGrant(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error === "invalid_grant";
}

function fromCallback(code: string): CallbackError {
  if (code === "access_denied") {
    return new CallbackError(
      "Access was denied: the person pressed Deny, or the application is not allowed one of the scopes it asked for.",
      "access_denied",
    );
  }
  // The code comes from the URL, so anybody can have written it: only plain names are repeated.
  const name = /^[a-z_]{1,40}$/.test(code) ? code : "an unknown error";
  return new CallbackError(
    `The platform ended the sign-in with ${name}. Start signing in again.`,
    "authorization_failed",
  );
}

function fromStatus(status: number, headers: Headers, code: string): AutoGPTError {
  const name = /^[a-z_]{1,40}$/.test(code) ? code : "no OAuth error";
  if (status === 429 || status >= 500) {
    const seconds = Number(headers.get("retry-after") ?? RETRY_AFTER);
    return new PlatformError(`The platform answered ${status}. Try again in a moment.`, {
      retryAfter: Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : RETRY_AFTER,
    });
  }
  if (status >= 400) {
    return new ApplicationError(
      `The platform refused this application (${status}, ${name}): check AUTOGPT_CLIENT_ID, AUTOGPT_CLIENT_SECRET and the backend's address, and that the application is active.`,
      { status: 500, code: "application_refused" },
    );
  }
  return new PlatformError(
    `The platform answered ${status} where tokens were expected: check the backend's address (AUTOGPT_BACKEND_URL).`,
  );
}

function fromCheck(error: ClientError): AutoGPTError {
  const callback = callbackOf(error);
  if (callback?.has("iss")) {
    return new CallbackError(
      "The callback names another issuer than the platform this app signs in with. Start signing in again.",
      "issuer_mismatch",
    );
  }
  if (callback) {
    return new CallbackError(
      "The callback is not an authorization response. Start signing in again.",
      "callback_malformed",
    );
  }
  if (error.code === "OAUTH_TIMEOUT" || error.code === "OAUTH_ABORT") {
    return new PlatformError("The platform did not answer in time. Try again in a moment.", {
      retryAfter: RETRY_AFTER,
    });
  }
  return new PlatformError(
    `The platform's answer cannot be used (${error.code ?? "unknown check"}): check the backend's address (AUTOGPT_BACKEND_URL).`,
  );
}

/** The socket's own error, `ECONNREFUSED` and its like; nothing else is safe to pass on. */
function networkFault(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? cause : undefined;
}

/** The callback's parameters, when a check of theirs failed before anything was sent. */
function callbackOf(error: ClientError): URLSearchParams | undefined {
  const detail: unknown = error.cause instanceof Error ? error.cause.cause : undefined;
  if (typeof detail !== "object" || detail === null || !("parameters" in detail)) return undefined;
  return detail.parameters instanceof URLSearchParams ? detail.parameters : undefined;
}
