import { CallbackError, PlatformError } from "../errors.js";
import type { Events } from "../events.js";
import type { Grants } from "../grants/grants.js";
import { Recent } from "../grants/recent.js";
import { type Revocations, tokensOf } from "../grants/revocations.js";
import type { GrantKey } from "../grants/store.js";
import type { Authorization, Tokens } from "../oauth/authorization.js";
import type { User } from "../user.js";
import { TRANSACTION_LIFETIME, type Transaction } from "./transaction.js";

/** What an exchange needs. */
export interface ExchangeParts {
  readonly authorization: Pick<Authorization, "exchangeCode">;
  readonly grants: Grants;
  identify(accessToken: string, granted: readonly string[]): Promise<User>;
  readonly revocations: Pick<Revocations, "revoke">;
  readonly events: Events;
}

/** An authorization code on its way to a grant. */
export interface Exchange {
  readonly grant: Promise<GrantKey>;
  /** Whether trying again is of use: the code never reached the platform, and the fault may pass. */
  readonly repeatable: Promise<boolean>;
  /** Where the person wanted to go. */
  readonly returnTo: string;
}

/** Exchanges a process remembers at most: one per sign-in of the last ten minutes. */
const MOST_REMEMBERED = 5000;

/** The exchanges of one process. */
export interface Exchanges {
  /**
   * Exchanges an authorization code, once per state: a cookie cannot be consumed, so callbacks with the same state
   * share what the first one got. Across processes the platform's one use decides.
   */
  once(callback: ReadonlyMap<string, string>, transaction: Transaction): Exchange;
  /** The exchange of that state, if there was one within the last minutes. */
  find(state: string): Exchange | undefined;
}

/** Makes what exchanges authorization codes for grants. */
export function createExchanges(parts: ExchangeParts): Exchanges {
  const remembered = new Recent<Exchange>({ maxSize: MOST_REMEMBERED, maxAge: TRANSACTION_LIFETIME });

  return { once, find: (state) => remembered.get(state) };

  function once(callback: ReadonlyMap<string, string>, transaction: Transaction): Exchange {
    const { state, returnTo } = transaction;
    const known = remembered.get(state);
    if (known) return known;
    const tokens = parts.authorization.exchangeCode(new URLSearchParams([...callback]), transaction);
    const repeatable = tokens.then(
      () => false,
      (error: unknown) => error instanceof PlatformError && error.retryAfter !== undefined,
    );
    const exchange = { grant: keep(tokens), repeatable, returnTo };
    // Whoever waited for it may have gone. What is no fault of the person's is one for the operator.
    exchange.grant.catch((error: unknown) => {
      if (!(error instanceof CallbackError)) parts.events.tellFault(error);
    });
    remembered.set(state, exchange);
    void repeatable.then((again) => again && remembered.delete(state));
    return exchange;
  }

  async function keep(exchanged: Promise<Tokens>): Promise<GrantKey> {
    const tokens = await exchanged;
    try {
      const user = await parts.identify(tokens.accessToken, tokens.scopes);
      const { key, record } = await parts.grants.create(user, tokens);
      parts.events.tell("signIn", { userId: user.id, grantId: key.id, scopes: record.scopes });
      return key;
    } catch (error) {
      void parts.revocations.revoke(tokensOf(tokens), undefined); // nobody will ever use them
      throw error;
    }
  }
}
