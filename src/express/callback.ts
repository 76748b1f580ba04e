import type { Request, Response } from "express";
import type { Config } from "../config.js";
import { CallbackError } from "../errors.js";
import { isLive, type KnownGrant } from "../grants/record.js";
import type { GrantKey } from "../grants/store.js";
import type { User } from "../user.js";
import type { RequestContext } from "./context.js";
import { createExchanges, type ExchangeParts } from "./exchange.js";
import { redirect } from "./navigation.js";
import { readQuery } from "./query.js";
import { isReturnPath, safeReturnPath } from "./same-origin.js";
import type { Sessions } from "./session.js";
import { finishWizard } from "./setup-wizard.js";
import { bringCookiesAlong, isHeldBack } from "./strict-session.js";
import { warnIfSessionCookieIsDropped } from "./tls-diagnosis.js";
import type { Transaction, Transactions } from "./transaction.js";

/** What `onSignIn` is told. */
export interface SignInEvent {
  readonly req: Request;
  readonly res: Response;
  readonly user: User;
  /** The scopes the platform granted. */
  readonly scopes: readonly string[];
  /** Where the person wanted to go. */
  readonly returnTo: string;
}

/**
 * Called when somebody has signed in, before they are sent on; may return another path of the app.
 * When it throws, nobody is signed in.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a callback without a return statement returns void
export type OnSignIn = (event: SignInEvent) => string | void | Promise<string | void>;

/** What the callback route needs. */
export interface CallbackParts extends ExchangeParts {
  readonly config: Config;
  readonly transactions: Transactions;
  readonly sessions: Sessions;
  readonly onSignIn: OnSignIn | undefined;
  contextOf(grant: KnownGrant<"live">): RequestContext;
  /** Ends a grant for another one: of the same user, so that requests under way go on with the other. */
  replace(key: GrantKey, by: GrantKey): Promise<unknown>;
  /** Ends a grant and revokes it in the background. */
  signOut(key: GrantKey): Promise<unknown>;
}

/** What openid-client makes: 32 random bytes, base64url. */
const STATE = /^[\w-]{43}$/;

/** What the answers of other flows carry (JARM, implicit, hybrid): none of them was asked for. */
const FOREIGN = ["response", "id_token", "token"];

/** Makes the handler of `GET /auth/callback`, which ends a transaction: somebody is signed in, or an error says why not. */
export function createCallback(parts: CallbackParts) {
  const { config, transactions, sessions, grants } = parts;
  const exchanges = createExchanges(parts);

  return async function callback(req: Request, res: Response): Promise<void> {
    const query = readQuery(req);
    const state = readState(query);
    if (isHeldBack(req) && !transactions.markAsShown(req, res, state)) {
      bringCookiesAlong(res);
      return;
    }
    const transaction = await transactions.find(req, state);
    if (!transaction) {
      redirect(res, config.basePath + (await whereItLed(req, state))); // the callback was reloaded
      return;
    }
    if (transaction.kind === "wizard") {
      transactions.clear(req, res, state);
      await finishWizard(req, res, query, transaction, parts);
      return;
    }
    if (query.has("success")) throw notAnAuthorizationResponse(); // the wizard's answer, at a sign-in
    const exchange = exchanges.once(query, transaction);
    if (!(await exchange.repeatable) && !res.headersSent) transactions.clear(req, res, state);
    const key = await exchange.grant.catch((error: unknown) => {
      if (error instanceof CallbackError) error.returnTo = transaction.returnTo;
      throw error;
    });
    if (res.headersSent) {
      // Something else answered meanwhile, a timeout for example: no cookie can name the grant any more.
      await parts.signOut(key);
      return;
    }
    // A callback that shared the exchange may come after a sign-out.
    const grant = grants.peek(key) ?? (await grants.read(key));
    if (!isLive(grant) || grant.record.signedOut) throw unknownTransaction();
    await establish(req, res, grant, transaction);
  };

  /** Where the sign-in with that state led the user who is signed in: it is the session's, or another tab's before it. */
  async function whereItLed(req: Request, state: string): Promise<string> {
    const mark = sessions.read(req);
    if (mark?.state === state) return mark.returnTo;
    const finished = mark && exchanges.find(state);
    const key = await finished?.grant.catch(() => undefined);
    if (finished === undefined || key?.user !== mark?.user) throw unknownTransaction();
    return finished.returnTo;
  }

  async function establish(
    req: Request,
    res: Response,
    grant: KnownGrant<"live">,
    { state, returnTo, stepUp, scopes: asked }: Transaction,
  ) {
    const before = sessions.read(req);
    // What a visitor put into the cart stays theirs; what another signed-in user did, never becomes theirs.
    const data = before && before.user !== grant.key.user ? sessions.othersOf(req) : sessions.dataOf(req);
    const refused = asked.filter((scope) => !grant.record.scopes.includes(scope));
    const mark = { user: grant.key.user, id: grant.key.id, state, returnTo, refused };
    const isStepUp = before !== undefined && before.user === grant.key.user && stepUp === before.user;
    try {
      await sessions.renew(req, mark, data);
      req.autogpt = parts.contextOf(grant);
      const { user, scopes } = grant.record;
      const event = { req, res, user, scopes, returnTo };
      const target = (isStepUp ? undefined : await parts.onSignIn?.(event)) ?? returnTo;
      if (!isReturnPath(target)) {
        throw new TypeError('onSignIn must return nothing or a path of this app, such as "/welcome".');
      }
      await sessions.save(req);
      if (before && before.id !== grant.key.id) await parts.replace(grants.keyOf(before), grant.key);
      if (res.headersSent) return; // onSignIn answered itself
      warnIfSessionCookieIsDropped(req, res);
      redirect(res, config.basePath + safeReturnPath(target));
    } catch (error) {
      const [destroyed] = await Promise.allSettled([sessions.end(req), parts.signOut(grant.key)]);
      // Nothing names the earlier grant any more, so it must not live on unseen.
      if (before && destroyed.status === "fulfilled")
        await parts.signOut(grants.keyOf(before)).catch(() => {});
      throw error;
    }
  }
}

function readState(query: ReadonlyMap<string, string>): string {
  const state = query.get("state") ?? "";
  const answers = ["code", "error", "success"]
    .map((name) => query.get(name))
    .filter((value) => value !== undefined);
  if (state === "" || answers.length !== 1 || answers[0] === "" || FOREIGN.some((name) => query.has(name))) {
    throw notAnAuthorizationResponse();
  }
  if (!STATE.test(state)) throw unknownTransaction();
  return state;
}

function notAnAuthorizationResponse(): CallbackError {
  return new CallbackError(
    "This is not an authorization response: it needs state, and code or error. Start signing in again.",
    "callback_malformed",
  );
}

function unknownTransaction(): CallbackError {
  return new CallbackError(
    "No sign-in of this browser waits for this callback: it took longer than ten minutes, was finished before, or began in another browser. Start signing in again.",
    "transaction_unknown",
  );
}
