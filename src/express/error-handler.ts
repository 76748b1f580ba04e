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
  StoreError,
} from "../errors.js";
import type { Scope } from "../scopes.js";
import type { RequestContext } from "./context.js";
import { askPath } from "./guards.js";
import { isForPerson, isNavigation, redirect } from "./navigation.js";
import { isReturnPath } from "./same-origin.js";
import { SESSION_STORE_AWAY } from "./session.js";

/** What the error handler needs. */
export interface ErrorHandlerParts {
  /** Whether asking for these scopes is of use: a link may ask for them, and the last consent did not refuse them. */
  mayAsk(req: Request, missing: readonly Scope[]): boolean;
}

/** Makes `autogpt.errorHandler()`: sign-in for people, `application/problem+json` (RFC 9457) for programs. */
export function createErrorHandler(config: Config, parts: ErrorHandlerParts): ErrorRequestHandler {
  const loginPath = config.basePath + config.paths.login;

  /** Who is signed in goes back to the page, whose guard asks again: a plain sign-in would ask for less than is granted. */
  function again(req: Request, error: AutoGPTError): { path: string; text: string } {
    const returnTo = error instanceof CallbackError ? error.returnTo : undefined;
    if (isKnown(req) && req.autogpt.signedIn && returnTo)
      return { path: config.basePath + returnTo, text: "Try again" };
    return { path: loginPath + (returnTo ? returnQuery(returnTo) : ""), text: "Sign in with AutoGPT" };
  }

  return function autogptErrorHandler(
    thrown: unknown,
    req: Request,
    res: Response,
    next: NextFunction,
  ): void {
    const error = isOfSessionStore(thrown, req) ? new StoreError(SESSION_STORE_AWAY, thrown) : thrown;
    if (!(error instanceof AutoGPTError) || res.headersSent) {
      next(thrown);
      return;
    }
    // Express logs what reaches its own handler; what we answer for the operator to mend must not vanish.
    if (error.status >= 500 && req.app.get("env") !== "test") console.error(error);
    res.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...error.headers });
    const needsSignIn = error instanceof SignInRequiredError || error instanceof GrantLostError;
    const isOwn = isAboutVisitor(req, error);
    if (needsSignIn && isOwn && isNavigation(req)) {
      redirect(res, loginPath + returnQuery(req.originalUrl));
      return;
    }
    // Thrown by a handler, not refused by a guard: the person may be asked, once.
    const unasked = error instanceof InsufficientScopeError && error.ask === undefined && isOwn;
    const mayAsk = unasked && parts.mayAsk(req, error.missing);
    if (mayAsk && isNavigation(req)) {
      redirect(res, askPath(config, error.missing, req.originalUrl));
      return;
    }
    res.status(error.status);
    if (isForPerson(req)) {
      res.type("html").send(page(error, again(req, error), config.basePath || "/"));
      return;
    }
    const ask = mayAsk ? askPath(config, error.missing, "/") : undefined;
    res.type("application/problem+json").send(JSON.stringify({ ask, ...problem(error, loginPath) }));
  };
}

/**
 * express-session names its store on the request, then asks it, then puts the session there. An error in between
 * is the store's: whoever is signed in must not get the 500 of a broken app for it.
 */
function isOfSessionStore(thrown: unknown, req: Request): boolean {
  const isUnderWay = req.sessionStore !== undefined && req.session === undefined && !isKnown(req);
  return isUnderWay && !(thrown instanceof AutoGPTError);
}

/** Whether the request came as far as the router: an error may come from what stands before it. */
function isKnown({ autogpt }: { autogpt?: RequestContext }): boolean {
  return autogpt !== undefined;
}

/** A grant of somebody else's, by `grantFor()`, is nothing that the person who looks at the page can mend. */
function isAboutVisitor(req: Request, error: AutoGPTError): boolean {
  const about =
    error instanceof GrantLostError || error instanceof InsufficientScopeError ? error.userId : undefined;
  return about === undefined || !isKnown(req) || !req.autogpt.signedIn || req.autogpt.user.id === about;
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
    ...(error instanceof InsufficientScopeError && { missing: error.missing }),
    ...(error instanceof InsufficientScopeError && error.ask !== undefined && { ask: error.ask }),
    ...(error.status === 401 && { signIn: loginPath }),
  };
}

function page(error: AutoGPTError, again: { path: string; text: string }, home: string): string {
  const title = error.status < 500 ? "That did not work" : "Something is wrong on our side";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<h1>${title}</h1>
<p>${escapeHtml(messageOf(error))}</p>
<p><a href="${escapeHtml(again.path)}">${again.text}</a> or <a href="${escapeHtml(home)}">go to the start page</a>.</p>
`;
}
