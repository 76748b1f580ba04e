import type { NextFunction, Request, Response } from "express";
import { randomState } from "openid-client";
import { paginate } from "../api/paginate.js";
import type { Config } from "../config.js";
import { CallbackError, RequestError } from "../errors.js";
import type { RequestContext } from "./context.js";
import type { Anything } from "./guards.js";
import { isNavigation, redirect } from "./navigation.js";
import { safeReturnPath } from "./same-origin.js";
import type { Sessions } from "./session.js";
import type { Transaction, Transactions } from "./transaction.js";

/** A third-party account that agents need, such as `"github"`, with the third party's own scopes if need be. */
export type IntegrationProvider = string | { readonly provider: string; readonly scopes?: readonly string[] };

/** What came of the setup wizard: `res.locals.integrations`. */
export interface IntegrationSetup {
  /** `"completed"`: the person finished the wizard; `"cancelled"`: they pressed Cancel. */
  readonly outcome: "completed" | "cancelled";
  /**
   * The providers of these that are connected, read over the API; `undefined` where READ_INTEGRATIONS was not
   * granted: then nothing but the unsigned address says so.
   */
  readonly connected: readonly string[] | undefined;
}

/** Narrows `res.locals.integrations` for the handlers after it. */
export interface SetupMiddleware {
  (req: Anything, res: Anything, next: NextFunction): void;
  (
    req: Anything,
    res: Response<Anything, Record<string, Anything> & { integrations: IntegrationSetup }>,
    next: NextFunction,
  ): void;
}

/** What the wizard's middleware needs. */
export interface WizardParts {
  readonly config: Config;
  readonly sessions: Sessions;
  readonly transactions: Transactions;
  requireSignIn(req: Request, res: Response, next: NextFunction): void;
  contextOf(req: Request): RequestContext | undefined;
}

/** Makes `setUpIntegrations()`. */
export function createSetUpIntegrations(parts: WizardParts) {
  return function setUpIntegrations(...providers: IntegrationProvider[]): SetupMiddleware {
    const wanted = checkProviders(providers);
    return function autogptSetUpIntegrations(req: Request, res: Response, next: NextFunction): void {
      parts.requireSignIn(req, res, (error?: unknown) => {
        if (error) next(error);
        else setUp(req, res, next, wanted, parts).catch(next);
      });
    };
  };
}

async function setUp(req: Request, res: Response, next: NextFunction, wanted: Wanted[], parts: WizardParts) {
  const { config, sessions, transactions } = parts;
  const names = wanted.map(({ provider }) => provider);
  const came = sessions.read(req)?.wizard;
  const returnTo = safeReturnPath(req.originalUrl);
  const connected = await readConnected(names, parts.contextOf(req));
  const isBack = came?.path === returnTo;
  if (isBack) sessions.noteWizard(req, undefined);
  if (isBack || connected?.length === names.length) {
    const cancelled = isBack && came.cancelled && connected?.length !== names.length;
    res.locals.integrations = { outcome: cancelled ? "cancelled" : "completed", connected };
    next();
    return;
  }
  if (!isNavigation(req)) {
    throw new RequestError("The setup wizard is for people: open this address in a browser.", {
      status: 400,
      code: "navigation_required",
    });
  }
  const transaction = {
    ...{ kind: "wizard" as const, state: randomState(), codeVerifier: "", scopes: [], returnTo },
    startedAt: Date.now(),
  };
  await transactions.begin(req, res, transaction);
  res.set("Cache-Control", "no-store");
  redirect(res, wizardUrl(config, wanted, transaction.state));
}

/** The wizard came back: remembers the outcome for the page that began it (oauth.md section 14). */
export async function finishWizard(
  req: Request,
  res: Response,
  query: ReadonlyMap<string, string>,
  { returnTo }: Transaction,
  { config, sessions }: Pick<WizardParts, "config" | "sessions">,
): Promise<void> {
  const succeeded = query.get("success") === "true";
  const cancelled = query.get("error") === "user_cancelled";
  if (succeeded === cancelled || query.has("code") || !sessions.read(req)) {
    throw new CallbackError(
      "This is not an answer of the setup wizard. Open the page again.",
      "callback_malformed",
    );
  }
  sessions.noteWizard(req, { path: returnTo, cancelled });
  await sessions.save(req);
  redirect(res, config.basePath + returnTo);
}

interface Wanted {
  readonly provider: string;
  readonly scopes?: readonly string[];
}

function checkProviders(providers: readonly IntegrationProvider[]): Wanted[] {
  const wanted = providers.map((given) => (typeof given === "string" ? { provider: given } : given));
  if (wanted.length > 0 && wanted.every(isWanted)) return wanted;
  throw new TypeError('setUpIntegrations() needs names of providers, such as "github".');
}

function isWanted(given: unknown): boolean {
  const { provider, scopes = [] }: { provider?: unknown; scopes?: unknown } = { ...Object(given) };
  const named = typeof provider === "string" && provider.trim() !== "";
  return named && Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string");
}

/** `providers` is standard base64 of ASCII JSON: the page decodes it with atob(), as Latin-1. */
function wizardUrl(
  { webUrl, clientId, redirectUri }: Config,
  wanted: readonly Wanted[],
  state: string,
): string {
  const json = JSON.stringify(wanted).replaceAll(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const query = new URLSearchParams({
    client_id: clientId,
    providers: Buffer.from(json, "latin1").toString("base64"),
    redirect_uri: redirectUri,
    state,
  });
  return `${webUrl}/auth/integrations/setup-wizard?${query}`;
}

async function readConnected(names: readonly string[], context: RequestContext | undefined) {
  if (!context?.scopes.includes("READ_INTEGRATIONS")) return undefined;
  const connected = new Set<string>();
  for await (const { provider } of paginate(context.api, "/v2/integrations/credentials"))
    connected.add(provider);
  return names.filter((name) => connected.has(name));
}
