import { isScope, type Scope } from "./scopes.js";

/** What every error is made of. */
interface ErrorOptions {
  status: number;
  code: string;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/**
 * What every error of this package extends; its shape is that of http-errors, so Express answers with the
 * right status and headers even without `autogpt.errorHandler()`.
 *
 * Messages say what to do next and never hold a token, a code, a secret or a cookie.
 */
export class AutoGPTError extends Error {
  /** A stable name to branch on, for example `"access_denied"`. */
  readonly code: string;
  /** The HTTP status to answer with. */
  readonly status: number;
  /** The same as `status`, as http-errors has it. */
  readonly statusCode: number;
  /** Whether the message may be shown to the person: true below 500. */
  readonly expose: boolean;
  /** Headers to answer with. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, options: ErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.status = options.status;
    this.statusCode = options.status;
    this.expose = options.status < 500;
    this.headers = options.headers ?? {};
  }
}

/** Nobody is signed in: 401, with a Bearer challenge without an error code (RFC 6750 section 3.1). */
export class SignInRequiredError extends AutoGPTError {
  /** The path that signs the person in with what the route needs, where a guard refused. */
  readonly ask: string | undefined;

  constructor(ask?: string) {
    super("Sign in with AutoGPT first.", {
      status: 401,
      code: "sign_in_required",
      headers: { "WWW-Authenticate": "Bearer" },
    });
    this.ask = ask;
  }
}

/** The grant lacks scopes: 403 `insufficient_scope`, naming them (RFC 6750 section 3.1). */
export class InsufficientScopeError extends AutoGPTError {
  /** The scopes that are missing. */
  readonly missing: readonly Scope[];
  /** The path that asks the user for them, where a guard refused. */
  readonly ask: string | undefined;
  /** Whose grant lacks them, where it is one of `grantFor()` or of a client. */
  readonly userId: string | undefined;

  constructor(
    missing: readonly Scope[],
    what = "This needs",
    { ask, refused = [], userId }: { ask?: string; refused?: readonly string[]; userId?: string } = {},
  ) {
    const inVain = missing.filter((scope) => refused.includes(scope));
    const why = inVain.length
      ? `${inVain.join(" and ")} was asked for and not granted: the application is not allowed it, or the person refused`
      : "which was not granted. Ask the user for it";
    super(`${what} ${missing.join(" and ")}${inVain.length ? "; " : ", "}${why}.`, {
      status: 403,
      code: "insufficient_scope",
      headers: {
        "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${missing.filter(isScope).join(" ")}"`,
      },
    });
    this.missing = missing;
    this.ask = ask;
    this.userId = userId;
  }
}

/** Why a callback did not sign anybody in. */
export type CallbackErrorCode =
  /** The person pressed Deny, or the application is not allowed a scope it asked for. */
  | "access_denied"
  /** The platform came back with another error (oauth.md section 3.3). */
  | "authorization_failed"
  /** The callback's parameters are not those of an authorization response. */
  | "callback_malformed"
  /** No sign-in attempt of this browser fits: too old, finished, or begun elsewhere. */
  | "transaction_unknown"
  /** The callback names another issuer than the platform (RFC 9207). */
  | "issuer_mismatch"
  /** The platform refused the authorization code: used, expired, or not ours. */
  | "code_refused";

/** A callback that signs nobody in: 400; nothing was changed, and signing in can be started again. */
export class CallbackError extends AutoGPTError {
  declare readonly code: CallbackErrorCode;
  /** Where the person wanted to go, where the attempt is known: pass it on when they try again. */
  returnTo: string | undefined;

  constructor(message: string, code: CallbackErrorCode) {
    super(message, { status: 400, code });
  }
}

/** A request that our routes refuse: 400, 403 or 405; nothing was changed. */
export class RequestError extends AutoGPTError {
  declare readonly code:
    | "malformed_request"
    | "scope_not_offered"
    | "cross_site_request"
    | "method_not_allowed"
    | "navigation_required";
}

/** The grant is gone - ended, revoked or expired - and the user must sign in again: 401. */
export class GrantLostError extends AutoGPTError {
  /** The user whose grant it was. */
  readonly userId: string;

  constructor(userId: string, message = "The user's grant is gone. Sign in with AutoGPT again.") {
    super(message, { status: 401, code: "grant_lost", headers: { "WWW-Authenticate": "Bearer" } });
    this.userId = userId;
  }
}

/** The platform refuses the application itself, or the app is not set up right: 500, for the operator. */
export class ApplicationError extends AutoGPTError {
  declare readonly code: "application_refused" | "setup_incomplete";
}

/** The platform does not answer as it should: 502, or 503 when trying again can help. */
export class PlatformError extends AutoGPTError {
  declare readonly code: "platform_fault" | "platform_unavailable";
  /** Seconds to wait before trying again, where the platform said so or it can be guessed. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    const { retryAfter, cause } = options;
    super(message, {
      status: retryAfter === undefined ? 502 : 503,
      code: retryAfter === undefined ? "platform_fault" : "platform_unavailable",
      ...(retryAfter !== undefined && { headers: { "Retry-After": String(retryAfter) } }),
      cause,
    });
    this.retryAfter = retryAfter;
  }
}

/** What the platform's External API answered, where a helper of ours cannot hand it back. */
interface ApiAnswer {
  readonly platformStatus: number;
  readonly platformCode: string | undefined;
  readonly platformMessage: string | undefined;
  readonly retryAfter: number | undefined;
}

/** The External API answered with an error: 502, or 503 when trying again can help. */
export class ApiError extends AutoGPTError {
  declare readonly code: "api_error";
  /** The operation that failed, for example `"GET /v2/runs"`. */
  readonly operation: string;
  /** The status of the platform's answer. */
  readonly platformStatus: number;
  /** The `error.code` of a v2 answer, for example `"not_found"`. */
  readonly platformCode: string | undefined;
  /** Seconds to wait before trying again, where the platform said so. */
  readonly retryAfter: number | undefined;

  constructor(operation: string, answer: ApiAnswer) {
    const { platformStatus, platformCode, platformMessage, retryAfter } = answer;
    const what = [platformStatus, platformCode].filter((part) => part !== undefined).join(" ");
    super(`${operation} was answered ${what}${platformMessage ? `: ${platformMessage}` : ""}.`, {
      status: retryAfter === undefined ? 502 : 503,
      code: "api_error",
      ...(retryAfter !== undefined && { headers: { "Retry-After": String(retryAfter) } }),
    });
    this.operation = operation;
    this.platformStatus = platformStatus;
    this.platformCode = platformCode;
    this.retryAfter = retryAfter;
  }
}

/** A run did not end in the time it was given: 504. It goes on at the platform; `waitForRun()` waits on. */
export class RunUnfinishedError extends AutoGPTError {
  declare readonly code: "run_unfinished";
  /** The run that goes on: for `waitForRun()`. */
  readonly runId: string;

  constructor(runId: string, runStatus: string) {
    super(`The run has not ended yet (${runStatus}). It goes on: wait for it with waitForRun().`, {
      status: 504,
      code: "run_unfinished",
    });
    this.runId = runId;
  }
}

/** Seconds after which a store that was away is worth another try. */
const STORE_RETRY_AFTER = 5;

/** The session store or the grant store does not answer: 503, and nobody is treated as signed out. */
export class StoreError extends AutoGPTError {
  declare readonly code: "store_unavailable";

  constructor(message: string, failure?: unknown) {
    super(message, {
      status: 503,
      code: "store_unavailable",
      headers: { "Retry-After": String(STORE_RETRY_AFTER) },
      cause: failure instanceof Error ? inBrief(failure) : undefined,
    });
  }
}

/** A driver's error may carry its command, and with it a whole session: only what it is called is passed on. */
function inBrief(failure: Error): Error {
  const brief = new Error(failure.message);
  brief.name = failure.name;
  return "code" in failure ? Object.assign(brief, { code: failure.code }) : brief;
}
