import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import QuickLRU from "quick-lru";
import { StoreError } from "../errors.js";
import type { Events } from "../events.js";
import type { Seal } from "../seal.js";
import type { Leases } from "./lease.js";
import { type KnownGrant, readRecord } from "./record.js";
import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** How long a grant stays readable as ended or dead: longer than any refresh that may still be under way. */
export const MARKED_FOR = 10 * 60_000;

/** How long the store has for an answer: half of what callers wait, so that a refresh can look again. */
const STORE_PATIENCE = 5_000;

/** Unreadable rows a process tells of once each, at most. */
const MOST_UNREADABLE = 10_000;

/** The rows of one user. */
export type UserKey = Pick<GrantKey, "application" | "user">;

/** What stands between the grants and their store. */
export interface SealedStoreParts {
  readonly store: GrantStore;
  readonly seal: Seal;
  readonly application: string;
  readonly events: Events;
}

/** The app's grant store: records are sealed on the way in, opened and checked on the way out. */
export class SealedStore {
  readonly #store: GrantStore;
  readonly #seal: Seal;
  readonly #application: string;
  readonly #events: Events;
  readonly #unreadable = new QuickLRU<string, true>({ maxSize: MOST_UNREADABLE });

  constructor({ store, seal, application, events }: SealedStoreParts) {
    this.#store = store;
    this.#seal = seal;
    this.#application = application;
    this.#events = events;
  }

  /** The key that a session's mark names. */
  keyOf({ user, id }: Pick<GrantKey, "user" | "id">): GrantKey {
    return { application: this.#application, user, id };
  }

  /** One opaque string per user: the platform's ID hashed, so that no store key holds it. */
  userKey(userId: string): UserKey {
    const hash = createHash("sha256").update(JSON.stringify([this.#application, userId]));
    return { application: this.#application, user: hash.digest("base64url").slice(0, 22) };
  }

  async create(grant: KnownGrant): Promise<void> {
    const stored = await this.#toStored(grant);
    await asking("keep the grant", () => this.#store.create(stored));
  }

  /** Replaces the row that still carries the write ID `expected`; says whether it did. */
  async swap(grant: KnownGrant, expected: string): Promise<boolean> {
    const stored = await this.#toStored(grant);
    return asking("write the grant", () => this.#store.swap(stored, expected));
  }

  /** `undefined` when there is no such row, or none that can be read. */
  async read(key: GrantKey): Promise<KnownGrant | undefined> {
    const stored = await asking("read the grant", () => this.#store.read(key));
    return stored && this.#open(stored, key);
  }

  async list({ application, user }: UserKey): Promise<KnownGrant[]> {
    const rows = await asking("list the user's grants", () => this.#store.list({ application, user }));
    const grants = await Promise.all(rows.map((row) => this.#open(row, { ...row.key, application, user })));
    return grants.filter((grant) => grant !== undefined);
  }

  /** The users with a row that expires before an instant, each once. */
  async *listExpiring(before: number): AsyncIterable<UserKey> {
    const seen = new Set<string>();
    const keys = this.#store.listExpiring(this.#application, before)[Symbol.asyncIterator]();
    for (;;) {
      const next = await asking("list expiring grants", () => keys.next());
      if (next.done) return;
      if (seen.has(next.value.user)) continue;
      seen.add(next.value.user);
      yield next.value;
    }
  }

  readonly leases: Leases = {
    acquireLease: (key, owner, ms) =>
      asking("lease the grant", () => this.#store.acquireLease(key, owner, ms)),
    renewLease: (key, owner, ms) => asking("lease the grant", () => this.#store.renewLease(key, owner, ms)),
    releaseLease: (key, owner) => asking("end the lease", () => this.#store.releaseLease(key, owner)),
  };

  async #open({ sealed, writeId }: StoredGrant, key: GrantKey): Promise<KnownGrant | undefined> {
    const record = readRecord(await this.#seal.unseal(sealed));
    // A row copied over another one opens, but says inside whose it is.
    if (record && record.id === key.id && this.userKey(record.user.id).user === key.user) {
      return { key: this.keyOf(key), writeId, record };
    }
    if (!this.#unreadable.has(key.id)) {
      this.#unreadable.set(key.id, true);
      const message = "A grant cannot be read: it was changed, or sealed with another secret or version.";
      this.#events.tell("fault", { code: "grant_unreadable", message, grantId: key.id });
    }
    return undefined;
  }

  async #toStored({ key, writeId, record }: KnownGrant): Promise<StoredGrant> {
    const expiresAt = record.state === "live" ? record.refreshTokenExpiresAt : Date.now() + MARKED_FOR;
    return { key, writeId, sealed: await this.#seal.seal(record), expiresAt };
  }
}

/**
 * Drivers wait for a store that is away as long as it takes, and ioredis told not to send again forgets what was
 * under way. Whatever comes of the call after that, is told by the write ID.
 */
async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const enough = new AbortController();
  const patience = wait(STORE_PATIENCE, undefined, { signal: enough.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${STORE_PATIENCE} ms`);
  });
  try {
    return await Promise.race([ask(), patience]);
  } catch (cause) {
    throw new StoreError(`The grant store could not ${what}. Try again in a moment.`, cause);
  } finally {
    enough.abort();
    patience.catch(() => {});
  }
}
