import { STATUS_CODES } from "node:http";
import escapeHtml from "escape-html";
import type { ErrorRequestHandler, NextFunction, Request, Response } from "express";
import type { Config } from "../config.js";
import {
  ApplicationError,
  AutoGPTError,
  CallbackError,
  GrantLostError,
  InsufficientScopeError,
  SignInRequiredError,
} from "../errors.js";
import type { Scope } from "../scopes.js";
import { askPath } from "./guards.js";
import { isForPerson, isNavigation, redirect } from "./navigation.js";
import { isReturnPath } from "./same-origin.js";

/** What the error handler needs. */
export interface ErrorHandlerParts {
  /** Whether asking for these scopes is of use: a link may ask for them, and the last consent did not refuse them. */
  mayAsk(req: Request, missing: readonly Scope[]): boolean;
}

/** Makes `autogpt.errorHandler()`: sign-in for people, `application/problem+json` (RFC 9457) for programs. */
export function createErrorHandler(config: Config, parts: ErrorHandlerParts): ErrorRequestHandler {
  const loginPath = config.basePath + config.paths.login;

  return function autogptErrorHandler(error: unknown, req: Request, res: Response, next: NextFunction): void {
    if (!(error instanceof AutoGPTError) || res.headersSent) {
      next(error);
      return;
    }
    // Express logs what reaches its own handler; what we answer for the operator to mend must not vanish.
    if (error.status >= 500 && req.app.get("env") !== "test") console.error(error.stack);
    res.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...error.headers });
    const needsSignIn = error instanceof SignInRequiredError || error instanceof GrantLostError;
    if (needsSignIn && isNavigation(req)) {
      redirect(res, loginPath + returnQuery(req.originalUrl));
      return;
    }
    // Thrown by a handler, not refused by a guard: the person may be asked, once.
    if (error instanceof InsufficientScopeError && error.ask === undefined && isNavigation(req)) {
      if (parts.mayAsk(req, error.missing)) {
        redirect(res, askPath(config, error.missing, req.originalUrl));
        return;
      }
    }
    res.status(error.status);
    const again =
      error instanceof CallbackError && error.returnTo ? loginPath + returnQuery(error.returnTo) : loginPath;
    if (isForPerson(req)) res.type("html").send(page(error, again, config.basePath || "/"));
    else res.type("application/problem+json").send(JSON.stringify(problem(error, loginPath)));
  };
}

function returnQuery(path: string): string {
  return isReturnPath(path) ? `?returnTo=${encodeURIComponent(path)}` : "";
}

/** What a set-up mistake is about concerns the operator, who finds it in the log. */
function messageOf(error: AutoGPTError): string {
  return error instanceof ApplicationError
    ? "The app is not set up right. Its log says what is wrong."
    : error.message;
}

function problem(error: AutoGPTError, loginPath: string): Record<string, unknown> {
  return {
    title: STATUS_CODES[error.status],
    status: error.status,
    detail: messageOf(error),
    code: error.code,
    ...(error instanceof InsufficientScopeError && { missing: error.missing, ask: error.ask }),
    ...(error.status === 401 && { signIn: loginPath }),
  };
}

function page(error: AutoGPTError, loginPath: string, home: string): string {
  const title = error.status < 500 ? "That did not work" : "Something is wrong on our side";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<h1>${title}</h1>
<p>${escapeHtml(messageOf(error))}</p>
<p><a href="${escapeHtml(loginPath)}">Sign in with AutoGPT</a> or <a href="${escapeHtml(home)}">go to the start page</a>.</p>
`;
}
