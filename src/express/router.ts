import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Config } from "../config.js";
import { ApplicationError, CallbackError, RequestError } from "../errors.js";
import type { Grants } from "../grants/grants.js";
import { isLive, type KnownGrant } from "../grants/record.js";
import { type RequestContext, VISITOR } from "./context.js";
import { isPrefetch } from "./navigation.js";
import { pathOf, urlOf } from "./query.js";
import type { Sessions } from "./session.js";

type Route = (req: Request, res: Response) => Promise<void>;

/** What the router needs. */
export interface RouterParts {
  readonly config: Config;
  readonly sessions: Sessions;
  readonly grants: Grants;
  readonly routes: Readonly<Record<"login" | "callback" | "logout" | "session", Route>>;
  contextOf(grant: KnownGrant<"live">): RequestContext;
  /** Tells the guards of this instance who is signed in. */
  remember(req: Request, context: RequestContext): void;
}

/** Makes `autogpt.router`: the routes of sign-in, and `req.autogpt` for all others. */
export function createRouter(parts: RouterParts): RequestHandler {
  const { config, sessions, grants, routes } = parts;
  const { paths } = config;

  return function autogpt(req: Request, res: Response, next: NextFunction): void {
    let name = routeOf(req);
    // The upgrade of a WebSocket has no response of Express that could be answered.
    if (name !== undefined && typeof res.set !== "function") name = undefined;
    try {
      sessions.check(req, name !== undefined);
    } catch (error) {
      know(req, VISITOR);
      next(error);
      return;
    }
    const route = name;
    attach(req, route ? (error) => (error ? next(error) : run(route, req, res, next)) : next);
  };

  /** Once per request where that can be: a request has many properties, and each write takes a microsecond. */
  function know(req: Request, context: RequestContext): void {
    req.autogpt = context;
    parts.remember(req, context);
  }

  /** Paths are compared as strings: a route pattern would also match other cases, slashes and encodings. */
  function routeOf(req: Request): keyof typeof routes | undefined {
    const path = pathOf(req);
    if (path === paths.login) return "login";
    if (path === paths.logout) return "logout";
    if (path === paths.session) return "session";
    // A redirect URI without a path of its own, `https://app.example.com`, shares its path with the home page.
    const isCallback =
      path === paths.callback &&
      (path !== "/" ||
        /[?&]state=.*[?&](?:code|error|success)=|[?&](?:code|error|success)=.*[?&]state=/.test(urlOf(req)));
    return isCallback ? "callback" : undefined;
  }

  function attach(req: Request, next: NextFunction): void {
    const mark = sessions.read(req);
    const remembered = mark && grants.peek(mark);
    if (remembered) {
      admit(req, next, remembered);
      return;
    }
    // Read here only: looking for what a request does not have takes microseconds, too.
    const before: RequestContext | undefined = req.autogpt;
    know(req, VISITOR);
    if (!mark) {
      next();
      return;
    }
    grants.read(grants.keyOf(mark)).then((grant) => {
      // Another instance's grant of the same mark, in a store of its own: emptying the session would end it.
      if (!grant && before?.grantId === mark.id) next(sharesNoGrants());
      else admit(req, next, grant);
    }, next);
  }

  function admit(req: Request, next: NextFunction, grant: KnownGrant | undefined): void {
    if (isLive(grant) && !grant.record.signedOut) {
      know(req, parts.contextOf(grant));
    } else {
      know(req, VISITOR);
      // A dead grant may come back within minutes (a pair that arrives late); all else is gone for good.
      if (grant?.record.state !== "dead") sessions.clear(req);
    }
    next();
  }

  function run(name: keyof typeof routes, req: Request, res: Response, next: NextFunction): void {
    const method = name === "logout" ? "POST" : "GET";
    // Each answer sets a cookie or depends on one (CVE-2025-48947); the address may hold a code.
    res.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    if (method === "GET" && req.method === "HEAD") res.status(204).end();
    // 503 makes a browser throw its prefetch away and ask again when the person really goes there.
    else if (isPrefetch(req)) res.status(503).end();
    else if (req.method !== method) next(name === "callback" ? notACallback() : wrongMethod(method));
    else routes[name](req, res).catch(next);
  }
}

function sharesNoGrants(): ApplicationError {
  return new ApplicationError(
    "Two signInWithAutoGPT() of one application keep their grants apart, so each would sign out whom the other signed in. Make one and import it where it is needed, or pass both the same `grants`.",
    { status: 500, code: "setup_incomplete" },
  );
}

function notACallback(): CallbackError {
  return new CallbackError(
    "The platform comes back with GET; nothing else is a callback.",
    "callback_malformed",
  );
}

function wrongMethod(method: string): RequestError {
  const headers = { Allow: method };
  return new RequestError(`Use ${method} here.`, { status: 405, code: "method_not_allowed", headers });
}
