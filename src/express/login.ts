import type { Request, Response } from "express";
import { randomPKCECodeVerifier, randomState } from "openid-client";
import type { Config } from "../config.js";
import { RequestError } from "../errors.js";
import type { Authorization } from "../oauth/authorization.js";
import { isScope, type Scope } from "../scopes.js";
import { redirect } from "./navigation.js";
import { readQuery } from "./query.js";
import { safeReturnPath } from "./same-origin.js";
import type { Sessions } from "./session.js";
import type { Transactions } from "./transaction.js";

/** Says that a visitor was already sent to the right host, so that a proxy which rewrites Host makes no loop. */
const SAME_HOST = "sameHost";

/** What the login route needs. */
export interface LoginParts {
  readonly config: Config;
  readonly authorization: Pick<Authorization, "buildUrl">;
  readonly transactions: Transactions;
  readonly sessions: Sessions;
  /** The scopes that a link may ask for: the factory's and the guards'. */
  readonly offered: ReadonlySet<Scope>;
}

/** `GET /auth/login?returnTo=/path`: starts a transaction and sends the person to the consent page. */
export async function login(req: Request, res: Response, parts: LoginParts): Promise<void> {
  const { config, authorization, transactions } = parts;
  const query = readQuery(req);
  const wanted = readScopes(query.get("scope"), parts.offered);
  if (isOnOtherHost(req, config) && !query.has(SAME_HOST)) {
    redirect(res, toOwnHost(config, query));
    return;
  }
  const { signedIn, scopes: granted } = req.autogpt;
  const stepUp = signedIn && wanted.length > 0;
  const transaction = {
    kind: "sign-in" as const,
    stepUp: stepUp ? parts.sessions.read(req)?.user : undefined,
    state: randomState(),
    codeVerifier: randomPKCECodeVerifier(),
    // More consent is for what is granted and what is missing, together: it replaces the grant.
    scopes: [...new Set<string>([...(stepUp ? granted : config.scopes), ...wanted])],
    returnTo: safeReturnPath(query.get("returnTo")),
    startedAt: Date.now(),
  };
  const url = await authorization.buildUrl(transaction);
  await transactions.begin(req, res, transaction);
  redirect(res, url);
}

/** A link must not make a trusted app ask for more than the app itself asks for. */
function readScopes(wish: string | undefined, offered: ReadonlySet<Scope>): Scope[] {
  const names = (wish ?? "").split(" ").filter((name) => name !== "");
  const scopes = names.filter((name) => isScope(name) && offered.has(name)).filter(isScope);
  if (scopes.length === names.length) return scopes;
  throw new RequestError(
    `This app does not ask for that scope. It asks for ${[...offered].join(", ")}; name others in signInWithAutoGPT() or in a guard.`,
    { status: 400, code: "scope_not_offered" },
  );
}

/** Cookies belong to a host, whatever the port: one set on 127.0.0.1 would be missing on localhost's callback. */
function isOnOtherHost(req: Request, config: Config): boolean {
  const host = `http://${req.headers.host}`;
  return !URL.canParse(host) || new URL(host).hostname !== new URL(config.redirectUri).hostname;
}

/** The same request on the origin of the redirect URI; the Host header only says that it is needed. */
function toOwnHost({ origin, basePath, paths }: Config, query: ReadonlyMap<string, string>): string {
  const wish = new URLSearchParams([...query, [SAME_HOST, "1"]]);
  return `${origin}${basePath}${paths.login}?${wish}`;
}
