import { setTimeout as wait } from "node:timers/promises";
import type { Events } from "../events.js";
import type { TokenPair } from "./record.js";

/** Waits between the tries to revoke, in milliseconds: two minutes in all, then the tokens are left to expire. */
const WAITS = [1_000, 5_000, 24_000, 90_000];

/** The two tokens that a revocation needs. */
export type RevocableTokens = Pick<TokenPair, "accessToken" | "refreshToken">;

/** Gives tokens back to the platform in the background: a platform that is down keeps nobody signed in. */
export class Revocations {
  readonly #revoke: (tokens: RevocableTokens) => Promise<void>;
  readonly #events: Events;
  readonly #pending = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(revoke: (tokens: RevocableTokens) => Promise<void>, events: Events) {
    this.#revoke = revoke;
    this.#events = events;
  }

  /** Never rejects; resolves when the platform took it or we gave up. */
  revoke(tokens: RevocableTokens, about: { userId: string; grantId: string } | undefined): Promise<void> {
    const pending = this.#keepTrying(tokens, about).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
    return pending;
  }

  /** What is still under way. */
  get pending(): readonly Promise<void>[] {
    return [...this.#pending];
  }

  /** Lets the waits end at once; each revocation gets one last try. */
  close(): void {
    this.#closing.abort();
  }

  async #keepTrying(tokens: RevocableTokens, about: { userId: string; grantId: string } | undefined) {
    for (const pause of [...WAITS, undefined]) {
      try {
        await this.#revoke(tokens);
        return;
      } catch (error) {
        if (pause === undefined || this.#closing.signal.aborted) {
          this.#events.tellFault(error, about);
          return;
        }
      }
      await wait(pause, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {});
    }
  }
}
