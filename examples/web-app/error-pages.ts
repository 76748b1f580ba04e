import type { NextFunction, Request, RequestHandler, Response } from "express";
import { AutoGPTError, CallbackError, GrantLostError, SignInRequiredError } from "express-autogpt";
import { callbackTexts, type ErrorText, statusTexts } from "./error-texts.js";
import { html } from "./html.js";
import { page, signInPath } from "./layout.js";

/** What no route answered. */
export const showNotFound: RequestHandler = (req, res) => {
  const { signedIn } = req.autogpt;
  res.status(404).send(errorPage(textOf(undefined, 404), signedIn));
};

/**
 * Pages in the app's own words and looks. Mount it before `autogpt.errorHandler()`, which does the rest: it
 * sends visitors to sign in and answers programs.
 */
export function showError(error: unknown, req: Request, res: Response, next: NextFunction): void {
  const sendsToSignIn = error instanceof SignInRequiredError || error instanceof GrantLostError;
  // "json" first: a program that takes anything (*/*) gets JSON.
  const isForPerson = req.accepts(["json", "html"]) === "html";
  if (sendsToSignIn || !isForPerson || res.headersSent) {
    next(error);
    return;
  }

  const status = statusOf(error);
  if (status >= 500 && req.app.get("env") !== "test") console.error(error);
  if (error instanceof AutoGPTError) res.set(error.headers);
  // More consent that was denied: the page that wanted it asks again; a new sign-in would ask for less.
  const wanted = error instanceof CallbackError ? error.returnTo : undefined;
  const again = req.autogpt?.signedIn && wanted ? wanted : signInPath(wanted);
  res.status(status).send(errorPage(textOf(error, status), undefined, again));
}

/** Express and its middleware put the status on the error, as this package does. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
  return status >= 400 && status <= 599 ? status : 500;
}

function textOf(error: unknown, status: number): ErrorText {
  if (error instanceof CallbackError) return callbackTexts[error.code];
  const known = statusTexts[status] ?? statusTexts[status < 500 ? 400 : 500];
  return known ?? { title: "That did not work", text: "", next: "" };
}

function errorPage(
  { title, text, next, canTryAgain }: ErrorText,
  signedIn?: boolean,
  againPath = signInPath(),
): string {
  const again = html`<a class="button" href="${againPath}">Try again</a> <a href="/">Go to the start page</a>`;
  const home = html`<a class="button" href="/">Go to the start page</a>`;
  const body = html`<section class="card">
<h1>${title}</h1>
<p>${text}</p>
<p>${next}</p>
<p class="actions">${canTryAgain ? again : home}</p>
</section>`;
  return page({ title, signedIn, body });
}
