import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Events } from "../events.js";
import type { TokenPair } from "./record.js";

/** Waits between the tries to revoke, in milliseconds: two minutes in all, then the tokens are left to expire. */
const WAITS = [1_000, 5_000, 24_000, 90_000];

/** The refresh token first: without it nobody can make new ones. */
export function tokensOf({
  refreshToken,
  accessToken,
}: Pick<TokenPair, "accessToken" | "refreshToken">): string[] {
  return [refreshToken, accessToken];
}

/** Whose tokens they are, where a grant was made of them. */
type About = { readonly userId: string; readonly grantId: string } | undefined;

/** Gives tokens back to the platform in the background: a platform that is down keeps nobody signed in. */
export class Revocations {
  readonly #revoke: (tokens: readonly string[]) => Promise<void>;
  readonly #events: Events;
  readonly #pending = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(revoke: (tokens: readonly string[]) => Promise<void>, events: Events) {
    this.#revoke = revoke;
    setMaxListeners(0, this.#closing.signal); // one for each that waits, gone with it
    this.#events = events;
  }

  /** Never rejects; resolves when the platform took all of them or we gave up. Begins after `delay` milliseconds. */
  revoke(tokens: readonly string[], about: About, delay = 0): Promise<void> {
    const pending = this.#keepTrying(tokens, about, delay).finally(() => this.#pending.delete(pending));
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

  async #keepTrying(tokens: readonly string[], about: About, delay: number): Promise<void> {
    if (delay > 0) await this.#wait(delay);
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
      await this.#wait(pause);
    }
  }

  async #wait(ms: number): Promise<void> {
    await wait(ms, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {});
  }
}
