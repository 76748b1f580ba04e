import { parseCookie } from "cookie";
import type { CookieOptions, Request, Response } from "express";
import type { Config } from "../config.js";
import type { Seal } from "../seal.js";

/** One sign-in attempt, from the authorization request to its callback. */
export interface Transaction {
  /** What the callback ends: a sign-in, or a way through the setup wizard, which has no code and no scopes. */
  readonly kind: "sign-in" | "wizard";
  /** The user who asks for more scopes, as in `GrantKey`; only they keep their session. */
  readonly stepUp?: string | undefined;
  readonly state: string;
  readonly codeVerifier: string;
  readonly scopes: readonly string[];
  readonly returnTo: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** The platform's codes live as long (oauth.md section 2), and it sends no callback for a closed tab. */
export const TRANSACTION_LIFETIME = 10 * 60_000;

/** Attempts at once: one cookie takes 1 to 2 kB, and nginx takes 8 kB of request headers. */
const MOST_AT_ONCE = 3;

/** Cookies of ours that are looked at to find the oldest; whoever sends more has made them up. */
const MOST_LOOKED_AT = 8;

/** Keeps each sign-in attempt in a sealed cookie of its own, named after its state, so that tabs do not collide. */
export class Transactions {
  readonly #seal: Seal;
  readonly #prefix: string;
  /** One cookie for all states, or made-up callbacks could fill the jar. */
  readonly #shownName: string;
  readonly #attributes: CookieOptions;

  constructor(config: Pick<Config, "instance" | "redirectUri">, seal: Seal) {
    const secure = config.redirectUri.startsWith("https:");
    this.#seal = seal;
    this.#prefix = `${secure ? "__Host-" : ""}autogpt-${config.instance}-`;
    this.#shownName = `${this.#prefix}shown`;
    this.#attributes = { path: "/", httpOnly: true, sameSite: "lax", secure };
  }

  /** Sets the cookie of a new attempt; beyond three the oldest goes. */
  async begin(req: Request, res: Response, transaction: Transaction): Promise<void> {
    const mine = Object.entries(this.#cookies(req)).filter(([name]) => this.#isName(name));
    const aged = await Promise.all(
      mine.slice(0, MOST_LOOKED_AT).map(async ([name, value = ""]) => {
        const opened = await this.#open(value);
        return { name, startedAt: opened?.startedAt ?? 0 };
      }),
    );
    aged.sort((a, b) => b.startedAt - a.startedAt);
    for (const { name } of aged.slice(MOST_AT_ONCE - 1)) res.clearCookie(name, this.#attributes);
    res.cookie(this.#name(transaction.state), await this.#seal.seal(transaction), {
      ...this.#attributes,
      maxAge: TRANSACTION_LIFETIME,
    });
  }

  /** This browser's attempt with that state, unless it is too old. */
  async find(req: Request, state: string): Promise<Transaction | undefined> {
    const sealed = this.#cookies(req)[this.#name(state)];
    const transaction = sealed === undefined ? undefined : await this.#open(sealed);
    return transaction?.state === state ? transaction : undefined;
  }

  /** Ends an attempt in the browser. */
  clear(req: Request, res: Response, state: string): void {
    res.clearCookie(this.#name(state), this.#attributes);
    if (this.#wasShown(req, state)) res.clearCookie(this.#shownName, this.#attributes);
  }

  /** Whether the page that brings SameSite=Strict cookies along was shown for this state; marks it as shown. */
  markAsShown(req: Request, res: Response, state: string): boolean {
    if (this.#wasShown(req, state)) return true;
    res.cookie(this.#shownName, state, { ...this.#attributes, maxAge: TRANSACTION_LIFETIME });
    return false;
  }

  #cookies(req: Request): Record<string, string | undefined> {
    return parseCookie(req.headers.cookie ?? "");
  }

  /** 16 of the state's 43 characters hold 96 bits: enough to tell attempts apart; the seal holds all of it. */
  #name(state: string): string {
    return this.#prefix + state.slice(0, 16);
  }

  /** Cookies that others made up under our prefix may have names that no answer can carry. */
  #isName(name: string): boolean {
    return name.startsWith(this.#prefix) && /^[\w-]{16}$/.test(name.slice(this.#prefix.length));
  }

  #wasShown(req: Request, state: string): boolean {
    return this.#cookies(req)[this.#shownName] === state;
  }

  async #open(sealed: string): Promise<Transaction | undefined> {
    const data = await this.#seal.unseal(sealed);
    if (!isTransaction(data)) return undefined;
    return Date.now() - data.startedAt < TRANSACTION_LIFETIME ? data : undefined;
  }
}

function isTransaction(data: unknown): data is Transaction {
  // The seal vouches that we wrote it for this purpose.
  return typeof data === "object" && data !== null && "startedAt" in data && "codeVerifier" in data;
}
