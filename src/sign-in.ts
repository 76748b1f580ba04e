import type { ErrorRequestHandler, RequestHandler } from "express";
import { createApiClient } from "./api/client.js";
import { type ConfigOptions, readConfig } from "./config.js";
import { PlatformError } from "./errors.js";
import { createCallback, type OnSignIn } from "./express/callback.js";
import { SignedInContext } from "./express/context.js";
import { createErrorHandler } from "./express/error-handler.js";
import { login } from "./express/login.js";
import { logout } from "./express/logout.js";
import { createRouter } from "./express/router.js";
import { Sessions } from "./express/session.js";
import { Transactions } from "./express/transaction.js";
import { type Grant, Grants } from "./grants/grants.js";
import { identify } from "./grants/identify.js";
import { memoryGrants } from "./grants/memory.js";
import type { GrantStore } from "./grants/store.js";
import { createAuthorization, type Tokens } from "./oauth/authorization.js";
import { PlatformClock } from "./platform-clock.js";
import { createSeal } from "./seal.js";

/** The options of `signInWithAutoGPT()`. */
export interface SignInWithAutoGPTOptions extends Omit<ConfigOptions, "grants" | "onSignIn"> {
  /** Where grants are kept; default `memoryGrants()`, which is for one process. */
  grants?: GrantStore | undefined;
  /** Called when somebody has signed in; may return another path. When it throws, nobody is signed in. */
  onSignIn?: OnSignIn | undefined;
}

/** One application at one platform, in one Express app. */
export interface SignInWithAutoGPT {
  /** Login, callback and logout, and `req.autogpt` for every request after it. Mount it behind express-session. */
  readonly router: RequestHandler;
  /** Answers our errors; mount it last. People are sent to sign in, programs get `application/problem+json`. */
  errorHandler(): ErrorRequestHandler;
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
  const authorization = createAuthorization(config, clock);
  const transactions = new Transactions(config, createSeal(secrets, "transaction", instance));
  const sessions = new Sessions(instance);
  const store = options.grants ?? memoryGrants();
  const grants = new Grants({ store, seal: createSeal(secrets, "grant", instance), instance, clock });

  const apiFor = (accessToken: string) => createApiClient({ accessToken, platform });
  const contextOf = (grant: Grant) => new SignedInContext(grant, ({ record }) => apiFor(record.accessToken));
  const revoke = (tokens: Pick<Tokens, "accessToken" | "refreshToken">) =>
    authorization.revoke(tokens).catch((error: unknown) => {
      process.emitWarning(
        `Tokens could not be revoked: ${error instanceof Error ? error.message : "unknown error"}`,
      );
    });

  const callback = createCallback({
    config,
    authorization,
    transactions,
    sessions,
    grants,
    onSignIn: options.onSignIn,
    identify: (accessToken, granted) =>
      identify(accessToken, granted, { getMe, introspectUser: authorization.introspectUser }),
    contextOf,
    revoke,
  });

  async function getMe(version: "v1" | "v2", accessToken: string) {
    try {
      const { data, response } = await apiFor(accessToken).GET(`/${version}/me`);
      return { status: response.status, body: data };
    } catch {
      throw new PlatformError("The platform cannot be reached. Start signing in again.", { retryAfter: 5 });
    }
  }

  return {
    router: createRouter({
      config,
      sessions,
      grants,
      contextOf,
      routes: {
        login: (req, res) => login(req, res, { config, authorization, transactions }),
        callback,
        logout: (req, res) => logout(req, res, { config, sessions, grants, revoke }),
      },
    }),
    errorHandler: () => createErrorHandler(config),
  };
}
