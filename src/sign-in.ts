import type { EventEmitter } from "node:events";
import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import { createApiClient } from "./api/client.js";
import type { ApiClient } from "./api/client-types.js";
import { makeClient } from "./api/make-client.js";
import { type ConfigOptions, readConfig } from "./config.js";
import { type AutoGPTEvents, Events } from "./events.js";
import { createCallback, type OnSignIn } from "./express/callback.js";
import { type RequestContext, SignedInContext, VISITOR } from "./express/context.js";
import { createErrorHandler } from "./express/error-handler.js";
import { createGuards, type Guard, type GuardOptions, type RequireScopes } from "./express/guards.js";
import { login } from "./express/login.js";
import { logout, signBrowserOut } from "./express/logout.js";
import { createRouter } from "./express/router.js";
import { Sessions } from "./express/session.js";
import {
  createSetUpIntegrations,
  type IntegrationProvider,
  type SetupMiddleware,
} from "./express/setup-wizard.js";
import { showSession } from "./express/show-session.js";
import { Transactions } from "./express/transaction.js";
import { AccessTokens } from "./grants/access-tokens.js";
import { closeGrants } from "./grants/close.js";
import { checkUserId, type Grant, grantFor, type SignIn, signInsOf } from "./grants/grant.js";
import { Grants } from "./grants/grants.js";
import { identify } from "./grants/identify.js";
import { memoryGrants } from "./grants/memory.js";
import { isLive, type KnownGrant } from "./grants/record.js";
import { type Renewals, renewExpiring } from "./grants/renew-expiring.js";
import { Revocations } from "./grants/revocations.js";
import { replaceGrant, signOut } from "./grants/sign-out.js";
import type { GrantKey, GrantStore } from "./grants/store.js";
import { createAuthorization } from "./oauth/authorization.js";
import { PlatformClock } from "./platform-clock.js";
import type { Scope } from "./scopes.js";
import { createSeal } from "./seal.js";

/** The options of `signInWithAutoGPT()`. */
export interface SignInWithAutoGPTOptions extends Omit<ConfigOptions, "grants" | "onSignIn"> {
  /** Where grants are kept; default `memoryGrants()`, which is for one process and one instance. */
  grants?: GrantStore | undefined;
  /** Called when somebody has signed in; may return another path. When it throws, nobody is signed in. */
  onSignIn?: OnSignIn | undefined;
}

/** One application at one platform, in one Express app. */
export interface SignInWithAutoGPT {
  /** The routes login, callback, logout and session, and `req.autogpt` for every request after it. Mount it behind express-session. */
  readonly router: RequestHandler;
  /** Answers our errors; mount it last. People are sent to sign in, programs get `application/problem+json`. */
  errorHandler(): ErrorRequestHandler;
  /**
   * Lets signed-in requests through. People are sent to sign in and come back; programs get a
   * `SignInRequiredError` (401) through `next`.
   */
  requireSignIn(options?: GuardOptions): Guard<never>;
  /**
   * Lets signed-in requests through that were granted all these scopes, and narrows `res.locals.autogpt.api` to
   * them. People are sent to consent and come back; programs get an `InsufficientScopeError` (403) through `next`.
   * State-changing requests must come from the app's own pages. Options come last.
   *
   * @throws {TypeError} for what is not a scope of the platform.
   */
  requireScopes: RequireScopes;
  /**
   * Takes the person through the platform's setup wizard, which connects third-party accounts such as
   * `"github"`, and back to the same path; then the next handler finds the outcome in `res.locals.integrations`.
   */
  setUpIntegrations(...providers: IntegrationProvider[]): SetupMiddleware;
  /** What happens to grants, in this process; the same goes to the diagnostics channels `express-autogpt:<event>`. */
  readonly events: EventEmitter<{ [Name in keyof AutoGPTEvents]: [AutoGPTEvents[Name]] }>;
  /**
   * The user's newest grant that has all the scopes, to act for that user without a request. Its `api` has the
   * operations that these scopes allow; others do not compile.
   *
   * @throws {GrantLostError} when the user has no live grant.
   * @throws {InsufficientScopeError} when there is one, without these scopes.
   * @throws {StoreError} when the grant store does not answer.
   */
  grantFor<Wanted extends Scope = never>(userId: string, ...scopes: Wanted[]): Promise<Grant<Wanted>>;
  /**
   * Signs this request's browser out, as `POST /auth/logout` does, for an app's own way out: ends the grant,
   * destroys the session and revokes the tokens, for which it waits three seconds at most. Whether the request may do that
   * is for the app to check.
   */
  signOut(req: Request): Promise<void>;
  /** The user's sign-ins that are in force, newest first, for an "active sessions" page. */
  signInsOf(userId: string): Promise<SignIn[]>;
  /** Ends and revokes all grants of the user, also those kept for background work; resolves to their number. */
  signOutEverywhere(userId: string): Promise<number>;
  /**
   * Renews grants whose refresh token would expire within that many milliseconds, so that quiet users stay: run
   * it daily. Several processes may run it at once.
   */
  renewExpiring(options: { within: number }): Promise<Renewals>;
  /**
   * Waits for refreshes, unsaved tokens and revocations, at most `timeoutMs` (default 10 seconds); resolves to
   * whether all of them ended. Call it after `server.close()` and before the stores are closed.
   */
  close(options?: { timeoutMs?: number }): Promise<boolean>;
}

/**
 * Makes everything an Express app needs for "Sign in with AutoGPT".
 *
 * @throws {TypeError} naming every mistake in the options and the environment at once.
 *
 * @example
 * ```ts
 * import express from "express";
 * import session from "express-session";
 * import { signInWithAutoGPT } from "express-autogpt";
 *
 * const autogpt = signInWithAutoGPT({
 *   clientId: process.env.AUTOGPT_CLIENT_ID,
 *   clientSecret: process.env.AUTOGPT_CLIENT_SECRET,
 *   redirectUri: "https://app.example.com/auth/callback",
 *   scopes: ["IDENTITY"],
 *   secret: process.env.AUTOGPT_SECRET,
 * });
 * const app = express();
 * app.use(session({ secret: "...", resave: false, saveUninitialized: false }));
 * app.use(autogpt.router);
 * ```
 */
export function signInWithAutoGPT(options: SignInWithAutoGPTOptions): SignInWithAutoGPT {
  const config = readConfig(options);
  const { secrets, instance } = config;
  const platform = { webUrl: config.webUrl, backendUrl: config.backendUrl };
  const clock = new PlatformClock();
  const events = new Events();
  const authorization = createAuthorization(config, clock);

  const seal = createSeal(secrets, "grant", instance);
  const store = options.grants ?? memoryGrants();
  const grants = new Grants({ store, seal, application: instance, clock, events });
  const revocations = new Revocations(authorization.revoke, events);
  const accessTokens = new AccessTokens({
    grants,
    clock,
    events,
    revocations,
    refresh: authorization.refresh,
  });
  const parts = { grants, events, revocations };
  const endGrant = (key: GrantKey, revoke: boolean) => signOut(key, parts, { revoke });

  function createApi(grant: KnownGrant<"live">): ApiClient {
    return makeClient({
      baseUrl: `${config.backendUrl}/external-api`,
      grant: { scopes: grant.record.scopes, userId: grant.record.user.id },
      onAnswer: (headers) => clock.learn(headers),
      async credential(refused, signal) {
        const token = refused?.slice("Bearer ".length);
        const { record } = await accessTokens.fresh(grant, { refused: token, signal });
        return ["Authorization", `Bearer ${record.accessToken}`];
      },
    });
  }
  const contextOf = (grant: KnownGrant<"live">) => new SignedInContext(grant, createApi);

  async function getMe(version: "v1" | "v2", accessToken: string) {
    const api = createApiClient({ accessToken, platform });
    const { data, response } = version === "v2" ? await api.GET("/v2/me") : await api.GET("/v1/me");
    return { status: response.status, body: data };
  }

  const transactions = new Transactions(config, createSeal(secrets, "transaction", instance));
  const sessions = new Sessions(instance);
  const offered = new Set<Scope>(config.scopes);
  // Guards read this and never req.autogpt, which any middleware can set and which shows the last router's. A property,
  // because a WeakMap with an entry for each request keeps the garbage collector busy.
  const context = Symbol("express-autogpt");
  type Known = { [context]?: RequestContext };
  // Safe: nobody else has the symbol.
  const knownAs = (req: object) => (req as Known)[context];
  const remember = (req: object & Known, known: RequestContext) => {
    req[context] = known;
  };
  const requireScopes = createGuards({ config, sessions, offered, contextOf: knownAs });
  const callback = createCallback({
    ...{ config, authorization, transactions, sessions, grants, revocations, events, contextOf },
    onSignIn: options.onSignIn,
    identify: (accessToken, granted) =>
      identify(accessToken, granted, { getMe, introspectUser: authorization.introspectUser }),
    signOut: (key) => endGrant(key, true),
    replace: (key, by) => (key.user === by.user ? replaceGrant(key, by, parts) : endGrant(key, true)),
  });

  const browser = {
    ...{ sessions, grants },
    signOut: (key: GrantKey) => endGrant(key, config.revokeAtSignOut),
  };

  return {
    router: createRouter({
      ...{ config, sessions, grants, contextOf },
      remember,
      routes: {
        login: (req, res) => login(req, res, { config, authorization, transactions, sessions, offered }),
        session: async (req, res) => showSession(req, res, config),
        callback,
        logout: (req, res) => logout(req, res, { config, ...browser }),
      },
    }),
    errorHandler: () =>
      createErrorHandler(config, {
        isOurs: (req) => knownAs(req) !== undefined,
        mayAsk(req, missing) {
          const refused = req.session ? (sessions.read(req)?.refused ?? []) : [];
          return missing.every((scope) => offered.has(scope) && !refused.includes(scope));
        },
      }),
    requireSignIn: (options = {}) => requireScopes<never>(options),
    requireScopes,
    setUpIntegrations: createSetUpIntegrations({
      ...{ config, sessions, transactions, contextOf: knownAs },
      requireSignIn: requireScopes<never>(),
    }),
    events,
    grantFor: (userId, ...scopes) =>
      grantFor(userId, scopes, {
        grants,
        createApi,
        revoke: async ({ key }) => (await endGrant(key, true)).revocation,
      }),
    async signOut(req) {
      await signBrowserOut(req, browser);
      req.autogpt = VISITOR;
      remember(req, VISITOR);
    },
    signInsOf: (userId) => signInsOf(userId, { grants, signOut: browser.signOut }),
    async signOutEverywhere(userId) {
      checkUserId("signOutEverywhere", userId);
      const all = await grants.list(userId);
      await Promise.all(all.map(({ key }) => endGrant(key, true)));
      return all.filter(isLive).length;
    },
    renewExpiring: ({ within }) => renewExpiring(within, { grants, accessTokens, clock, events }),
    close: ({ timeoutMs = 10_000 } = {}) => closeGrants({ accessTokens, revocations }, timeoutMs),
  };
}
