import { createHash, randomBytes } from "node:crypto";
import QuickLRU from "quick-lru";
import { StoreError } from "../errors.js";
import type { PlatformClock } from "../platform-clock.js";
import type { Seal } from "../seal.js";
import type { User } from "../user.js";
import { type GrantRecord, RECORD_VERSION, readRecord, type TokenPair } from "./record.js";
import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** How long a process believes that a grant lives without asking the store: sign-out elsewhere works within it. */
const BELIEVED_FOR = 60_000;

/** Grants a process remembers at most; one takes about 2 kB. */
const MOST_REMEMBERED = 10_000;

/** How long an ended grant stays readable as ended: longer than any refresh that may still be under way. */
const ENDED_KEPT_FOR = 10 * 60_000;

/** A live grant as this process last saw it. */
export interface Grant {
  readonly key: GrantKey;
  readonly writeId: string;
  readonly record: GrantRecord;
}

/** The grants of one instance: sealed before they reach the store, checked when they come back. */
export class Grants {
  readonly #store: GrantStore;
  readonly #seal: Seal;
  readonly #instance: string;
  readonly #clock: PlatformClock;
  readonly #remembered = new QuickLRU<string, Grant>({ maxSize: MOST_REMEMBERED, maxAge: BELIEVED_FOR });

  constructor(parts: { store: GrantStore; seal: Seal; instance: string; clock: PlatformClock }) {
    this.#store = parts.store;
    this.#seal = parts.seal;
    this.#instance = parts.instance;
    this.#clock = parts.clock;
  }

  /** Keeps what one sign-in granted. */
  async create(user: User, tokens: TokenPair & { scopes: readonly string[] }): Promise<Grant> {
    const key = { user: this.#userKey(user.id), id: randomBytes(16).toString("base64url") };
    const now = this.#clock.now();
    const record: GrantRecord = {
      version: RECORD_VERSION,
      id: key.id,
      user,
      ...tokens,
      since: now,
      refreshedAt: now,
      state: "live",
    };
    const grant = { key, writeId: newWriteId(), record };
    const stored = await this.#toStored(grant);
    await asking("keep the grant", () => this.#store.create(stored));
    this.#remembered.set(key.id, grant);
    return grant;
  }

  /** The grant, if this process saw it live within the last minute: no store access, no cryptography. */
  peek(key: GrantKey): Grant | undefined {
    const grant = this.#remembered.get(key.id);
    return grant?.key.user === key.user ? grant : undefined;
  }

  /** The grant if it lives, from the store. */
  async read(key: GrantKey): Promise<Grant | undefined> {
    const grant = await this.#readAnyState(key);
    if (grant?.record.state !== "live") {
      this.#remembered.delete(key.id);
      return undefined;
    }
    this.#remembered.set(key.id, grant);
    return grant;
  }

  /** Marks the grant as ended, which nothing overwrites, and hands back its tokens to be revoked, once. */
  async end(key: GrantKey): Promise<Grant | undefined> {
    this.#remembered.delete(key.id);
    for (;;) {
      const grant = await this.#readAnyState(key);
      if (grant?.record.state !== "live") return undefined;
      const ended = { key, writeId: newWriteId(), record: { ...grant.record, state: "ended" as const } };
      const stored = { ...(await this.#toStored(ended)), expiresAt: Date.now() + ENDED_KEPT_FOR };
      if (await asking("end the grant", () => this.#store.swap(stored, grant.writeId))) return grant;
    }
  }

  /** One opaque string per user: the platform's ID hashed with the instance, so that no store key holds it. */
  #userKey(userId: string): string {
    return createHash("sha256")
      .update(JSON.stringify([this.#instance, userId]))
      .digest("base64url")
      .slice(0, 22);
  }

  async #readAnyState(key: GrantKey): Promise<Grant | undefined> {
    const stored = await asking("read the grant", () => this.#store.read(key));
    if (!stored) return undefined;
    const record = readRecord(await this.#seal.unseal(stored.sealed));
    // A row copied over another one opens, but says inside whose it is.
    if (!record || record.id !== key.id || this.#userKey(record.user.id) !== key.user) return undefined;
    return { key, writeId: stored.writeId, record };
  }

  async #toStored({ key, writeId, record }: Grant): Promise<StoredGrant> {
    return { key, writeId, sealed: await this.#seal.seal(record), expiresAt: record.refreshTokenExpiresAt };
  }
}

function newWriteId(): string {
  return randomBytes(12).toString("base64url");
}

async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new StoreError(`The grant store could not ${what}. Try again in a moment.`, cause);
  }
}
