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
import { pathOf } from "./query.js";
import { isReturnPath, nearestReturnPath } from "./same-origin.js";
import { SESSION_STORE_AWAY } from "./session.js";

/** What the error handler needs. */
export interface ErrorHandlerParts {
  /** Whether asking for these scopes is of use: a link may ask for them, and the last consent did not refuse them. */
  mayAsk(req: Request, missing: readonly Scope[]): boolean;
  /** Whether this instance's own router saw the request. */
  isOurs(req: Request): boolean;
}

interface Way {
  readonly path: string;
  readonly text: string;
}

/** Makes `autogpt.errorHandler()`: sign-in for people, `application/problem+json` (RFC 9457) for programs. */
export function createErrorHandler(config: Config, parts: ErrorHandlerParts): ErrorRequestHandler {
  const loginPath = config.basePath + config.paths.login;

  /** Where a person goes from the error page. Who is signed in is never sent to sign in: that would ask for less than is granted. */
  function wayOn(req: Request, error: AutoGPTError, ask: string | undefined): Way | undefined {
    if (ask !== undefined) return { path: ask, text: "Allow it" };
    const returnTo = error instanceof CallbackError ? error.returnTo : pageOf(req, error);
    const isSignedIn = isKnown(req) && req.autogpt.signedIn && error.status !== 401;
    if (returnTo && (isSignedIn || error.status >= 500))
      return { path: config.basePath + returnTo, text: "Try again" };
    if (isSignedIn) return undefined;
    return { path: loginPath + (returnTo ? returnQuery(returnTo) : ""), text: "Sign in with AutoGPT" };
  }

  /** The page that failed and may work the next time; a callback's address holds a code, which no page repeats. */
  function pageOf(req: Request, error: AutoGPTError): string | undefined {
    const isOurs = Object.values<string>(config.paths).includes(pathOf(req));
    if (error.status < 500 || req.method !== "GET" || isOurs) return undefined;
    return isReturnPath(req.originalUrl) ? req.originalUrl : undefined;
  }

  return function autogptErrorHandler(
    thrown: unknown,
    req: Request,
    res: Response,
    next: NextFunction,
  ): void {
    const error = isOfSessionStore(thrown, req) ? new StoreError(SESSION_STORE_AWAY, thrown) : thrown;
    // Another instance's router ran, and not ours: its sign-in is what would help.
    const isAnothers = isKnown(req) && !parts.isOurs(req);
    if (!(error instanceof AutoGPTError) || res.headersSent || isAnothers) {
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
    const ask = mayAsk ? askPath(config, error.missing, "/") : askOf(error);
    if (isForPerson(req)) res.type("html").send(page(error, wayOn(req, error, ask), config.basePath || "/"));
    else res.type("application/problem+json").send(JSON.stringify(problem(error, ask, loginPath)));
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
  const nearest = nearestReturnPath(path);
  return nearest === "/" && path !== "/" ? "" : `?returnTo=${encodeURIComponent(nearest)}`;
}

/** What a set-up mistake is about concerns the operator, who finds it in the log. */
function messageOf(error: AutoGPTError): string {
  return error instanceof ApplicationError
    ? "The app is not set up right. Its log says what is wrong."
    : error.message;
}

/** What a guard says would help. */
function askOf(error: AutoGPTError): string | undefined {
  return error instanceof InsufficientScopeError || error instanceof SignInRequiredError
    ? error.ask
    : undefined;
}

function problem(error: AutoGPTError, ask: string | undefined, loginPath: string): Record<string, unknown> {
  return {
    title: STATUS_CODES[error.status],
    status: error.status,
    detail: messageOf(error),
    code: error.code,
    ...(error instanceof InsufficientScopeError && { missing: error.missing, ask }),
    ...(error.status === 401 && { signIn: ask ?? loginPath }),
  };
}

function page(error: AutoGPTError, way: Way | undefined, home: string): string {
  const title = error.status < 500 ? "That did not work" : "Something is wrong on our side";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<h1>${title}</h1>
<p>${escapeHtml(messageOf(error))}</p>
<p>${way ? `<a href="${escapeHtml(way.path)}">${way.text}</a> or ` : ""}<a href="${escapeHtml(home)}">go to the start page</a>.</p>
`;
}
