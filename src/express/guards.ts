import type { NextFunction, Request, Response } from "express";
import type { ApiClient } from "../api/client-types.js";
import { type Config, warnOfV1Scopes } from "../config.js";
import { ApplicationError, InsufficientScopeError, RequestError, SignInRequiredError } from "../errors.js";
import { explainNoScope, isScope, missingScopes, type Scope } from "../scopes.js";
import type { User } from "../user.js";
import type { RequestContext } from "./context.js";
import { decide, type GuardCase } from "./decision.js";
import { isForPerson, isNavigation, redirect } from "./navigation.js";
import { isReturnPath, mayChangeState, nearestReturnPath, senderOf } from "./same-origin.js";
import type { Sessions } from "./session.js";

/** `res.locals.autogpt` behind a guard: somebody is signed in, and `api` has what the demanded scopes allow. */
export interface SignedIn<Granted extends Scope = never> {
  readonly signedIn: true;
  readonly user: User;
  /** All granted scopes. */
  readonly scopes: readonly string[];
  readonly api: ApiClient<Granted>;
}

/**
 * A middleware that narrows `res.locals` for the handlers after it and leaves `req.params`, body and query as
 * Express infers them. One guard per route carries the types; behind a guard in `router.use()` use `req.autogpt`.
 */
export interface Guard<Granted extends Scope> {
  // Lets handlers with annotated parameters, and app.use, through.
  (req: Anything, res: Anything, next: NextFunction): void;
  // What inference sees; Record keeps the app's own locals.
  (
    req: Anything,
    res: Response<Anything, Record<string, Anything> & { autogpt: SignedIn<Granted> }>,
    next: NextFunction,
  ): void;
}

// biome-ignore lint/suspicious/noExplicitAny: any other type breaks handlers that annotate their own
export type Anything = any;

/** How a guard behaves beyond its scopes. */
export interface GuardOptions {
  /** Where a person whose form was refused comes back to; default: the page that sent it. */
  readonly returnTo?: string | undefined;
}

/**
 * Demands scopes; options come last.
 *
 * @inline
 */
export interface RequireScopes {
  <Granted extends Scope>(...scopes: Granted[]): Guard<Granted>;
  <Granted extends Scope>(...scopesAndOptions: [...Granted[], GuardOptions]): Guard<Granted>;
}

/** What guards need. */
export interface GuardParts {
  readonly config: Config;
  readonly sessions: Sessions;
  /** The scopes that a link may ask for; guards add theirs. */
  readonly offered: Set<Scope>;
  /** Who is signed in, as this instance's own router found out; `undefined` when it did not run. */
  contextOf(req: Request): RequestContext | undefined;
}

/** Makes `requireScopes()`; without scopes it only demands that somebody is signed in. */
export function createGuards(parts: GuardParts): RequireScopes {
  return function requireScopes<Granted extends Scope>(
    ...demands: (Granted | GuardOptions)[]
  ): Guard<Granted> {
    const { scopes, options } = readDemands(demands);
    warnOfV1Scopes(scopes.filter((scope) => !parts.offered.has(scope)));
    for (const scope of scopes) parts.offered.add(scope);

    return function autogptGuard(req: Request, res: Response, next: NextFunction): void {
      const context = parts.contextOf(req);
      if (!context) {
        next(routerMissing());
        return;
      }
      const missing = missingScopes(context.scopes, scopes);
      const request: GuardCase = {
        signedIn: context.signedIn,
        missing,
        mayPass: isSafe(req) || mayChangeState(senderOf(req.headers), parts.config),
        // Reading `Accept` takes longer than all the rest, and who is let through needs neither of these.
        get kind() {
          return kindOf(req);
        },
        get refused() {
          return context.signedIn ? (parts.sessions.read(req)?.refused ?? []) : [];
        },
      };
      const decision = decide(request);
      if (decision === "admit") {
        res.locals.autogpt = context;
        if (req.autogpt !== context) req.autogpt = context; // of several instances' routers the last one wrote it
        next();
        return;
      }
      const { kind, refused } = request;
      const page = kind === "navigation" ? req.originalUrl : pageOf(req, parts, options);
      const ask = askPath(parts.config, missing, page);
      if (decision === "ask") {
        res.set("Cache-Control", "no-store");
        redirect(res, ask, kind === "form" ? 303 : 302);
      } else if (decision === "cross_site_request") next(crossSite());
      else if (decision === "sign_in_required") next(new SignInRequiredError(ask));
      else next(new InsufficientScopeError(missing, "This needs", { ask, refused }));
    };
  };
}

/** Where a person is sent to consent: to the login route, which asks for what is granted and these scopes. */
export function askPath({ basePath, paths }: Config, scopes: readonly Scope[], returnTo: string): string {
  const query = new URLSearchParams({ returnTo: nearestReturnPath(returnTo) });
  if (scopes.length > 0) query.set("scope", scopes.join(" "));
  return `${basePath}${paths.login}?${query}`;
}

const HOW_TO_DEMAND =
  'A guard takes scopes one by one, then options: requireScopes("RUN_AGENT", "READ_RUN", { returnTo: "/agents" }).';

function readDemands(demands: readonly (Scope | GuardOptions)[]) {
  const scopes: Scope[] = [];
  let options: GuardOptions = {};
  for (const demand of demands) {
    if (isScope(demand)) scopes.push(demand);
    else if (isOptions(demand)) options = demand;
    else {
      if (typeof demand === "object") throw new TypeError(HOW_TO_DEMAND);
      throw new TypeError(explainNoScope(demand));
    }
  }
  if (options.returnTo !== undefined && !isReturnPath(options.returnTo)) {
    throw new TypeError('returnTo must be a path of this app, such as "/agents".');
  }
  return { scopes, options };
}

/** An array of scopes, taken for options, would be a guard that demands nothing. */
function isOptions(demand: unknown): demand is GuardOptions {
  if (typeof demand !== "object" || demand === null || Array.isArray(demand)) return false;
  return Object.keys(demand).every((name) => name === "returnTo");
}

function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function kindOf(req: Request): GuardCase["kind"] {
  if (isNavigation(req)) return "navigation";
  return !isSafe(req) && isForPerson(req) ? "form" : "program";
}

/** The page that sent a form: what the guard says, else the Referer where it is one of ours. */
function pageOf(req: Request, { config }: GuardParts, { returnTo }: GuardOptions): string {
  if (returnTo !== undefined) return returnTo;
  const referer = req.headers.referer ?? "";
  const url = URL.canParse(referer) ? new URL(referer) : undefined;
  if (url?.origin !== config.origin || !url.pathname.startsWith(config.basePath)) return "/";
  return url.pathname.slice(config.basePath.length) + url.search;
}

function crossSite(): RequestError {
  return new RequestError("Another site sent this request. Use the app's own page.", {
    status: 403,
    code: "cross_site_request",
  });
}

function routerMissing(): ApplicationError {
  return new ApplicationError(
    "A guard ran before autogpt.router. Mount the router first: app.use(autogpt.router). If it is mounted, the guard is one of another signInWithAutoGPT(): make one per application, in a module of its own.",
    { status: 500, code: "setup_incomplete" },
  );
}
