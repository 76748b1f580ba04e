import { createHash, randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import QuickLRU from "quick-lru";
import { StoreError } from "../errors.js";
import type { Events } from "../events.js";
import type { PlatformClock } from "../platform-clock.js";
import type { Seal } from "../seal.js";
import type { User } from "../user.js";
import type { Leases } from "./lease.js";
import { Recent } from "./recent.js";
import {
  type GrantRecord,
  isLive,
  type KnownGrant,
  RECORD_VERSION,
  readRecord,
  type TokenPair,
} from "./record.js";
import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** How long a process believes that a grant lives without asking the store: sign-out elsewhere works within it. */
const BELIEVED_FOR = 60_000;

/** Grants a process remembers at most; one takes about 2 kB. */
const MOST_REMEMBERED = 10_000;

/** How long a grant stays readable as ended or dead: longer than any refresh that may still be under way. */
export const MARKED_FOR = 10 * 60_000;

/** How long the store has for an answer: half of what callers wait, so that a refresh can look again. */
const STORE_PATIENCE = 5_000;

/** What became of a write. */
export interface Written {
  /** Whether this write, and no other, is what the store has now. */
  readonly written: boolean;
  /** The grant as it stands, whoever wrote it. */
  readonly grant: KnownGrant | undefined;
}

/** Waits after the store failed and says whether to go on; see the refresh. */
export type KeepTrying = (error: unknown) => Promise<boolean>;

/** The grants of one application: sealed before they reach the store, checked when they come back. */
export class Grants {
  readonly #store: GrantStore;
  readonly #seal: Seal;
  readonly #application: string;
  readonly #clock: PlatformClock;
  readonly #events: Events;
  readonly #remembered = new Recent<KnownGrant<"live">>({ maxSize: MOST_REMEMBERED, maxAge: BELIEVED_FOR });
  /** Grants that this process ended, for longer than a read of the store that was under way can take. */
  readonly #over = new Recent<true>({ maxSize: MOST_REMEMBERED, maxAge: BELIEVED_FOR });
  readonly #unreadable = new QuickLRU<string, true>({ maxSize: MOST_REMEMBERED });

  constructor(parts: {
    store: GrantStore;
    seal: Seal;
    application: string;
    clock: PlatformClock;
    events: Events;
  }) {
    this.#store = parts.store;
    this.#seal = parts.seal;
    this.#application = parts.application;
    this.#clock = parts.clock;
    this.#events = parts.events;
  }

  /** Keeps what one sign-in granted. */
  async create(user: User, tokens: TokenPair & { scopes: readonly string[] }): Promise<KnownGrant<"live">> {
    const id = randomBytes(16).toString("base64url");
    const now = this.#clock.now();
    const record: KnownGrant<"live">["record"] = {
      version: RECORD_VERSION,
      id,
      user,
      ...tokens,
      generation: 1,
      since: now,
      refreshedAt: now,
      state: "live",
    };
    const grant = { key: { ...this.#userKey(user.id), id }, writeId: newWriteId(), record };
    await this.#create(grant);
    this.#rememberWritten(grant);
    return grant;
  }

  /** The key that a session's mark names. */
  keyOf(mark: Pick<GrantKey, "user" | "id">): GrantKey {
    return { application: this.#application, user: mark.user, id: mark.id };
  }

  /** The grant, if this process saw it live within the last minute: no store access, no cryptography. */
  peek(mark: Pick<GrantKey, "user" | "id">): KnownGrant<"live"> | undefined {
    const grant = this.#remembered.get(mark.id);
    return grant?.key.user === mark.user ? grant : undefined;
  }

  /** The grant as the store has it, whatever its state; `undefined` when there is none or it cannot be read. */
  async read(key: GrantKey): Promise<KnownGrant | undefined> {
    const stored = await asking("read the grant", () => this.#store.read(key));
    const grant = stored && (await this.#open(stored, key));
    if (isLive(grant)) this.#rememberRead(grant);
    else this.#remembered.delete(key.id);
    return grant;
  }

  /** A user's grants that can still be used, newest first. */
  async listLive(userId: string): Promise<KnownGrant<"live">[]> {
    const live = await this.#listLive(this.#userKey(userId));
    for (const grant of live) this.#rememberRead(grant); // its fresh access token costs no second read
    return live;
  }

  /** A user's grants, also those that have ended or died within the last minutes. */
  async list(userId: string): Promise<KnownGrant[]> {
    return this.#list(this.#userKey(userId));
  }

  /** For each user with a grant that expires before an instant: all live grants of that user. */
  async *listExpiring(before: number): AsyncIterable<KnownGrant<"live">[]> {
    const seen = new Set<string>();
    const keys = this.#store.listExpiring(this.#application, before)[Symbol.asyncIterator]();
    for (;;) {
      const next = await asking("list expiring grants", () => keys.next());
      if (next.done) return;
      if (seen.has(next.value.user)) continue;
      seen.add(next.value.user);
      yield await this.#listLive(next.value);
    }
  }

  /**
   * The one way to write: `change` is asked what the record should become, again whenever another process wrote
   * in between, and declines by returning nothing. After a store error the outcome is unknown: `keepTrying`
   * decides whether to look again, and a write that is found in the store was ours though it seemed lost.
   */
  async update(
    key: GrantKey,
    change: (current: KnownGrant | undefined) => GrantRecord | undefined,
    { known, keepTrying }: { known?: KnownGrant; keepTrying?: KeepTrying } = {},
  ): Promise<Written> {
    let current = known;
    let mustRead = known === undefined;
    let attempt: KnownGrant | undefined;
    for (;;) {
      try {
        if (mustRead) current = await this.read(key);
        mustRead = true;
        if (attempt && current?.writeId === attempt.writeId) {
          this.#rememberWritten(attempt);
          return { written: true, grant: attempt };
        }
        const record = change(current);
        if (!record) return { written: false, grant: current };
        attempt = { key, writeId: newWriteId(), record };
        if (!(await this.#write(attempt, current))) continue;
        this.#rememberWritten(attempt);
        return { written: true, grant: attempt };
      } catch (error) {
        if (!keepTrying || !(await keepTrying(error))) throw error;
      }
    }
  }

  /** The store's leases. */
  readonly leases: Leases = {
    acquireLease: (key, owner, ms) =>
      asking("lease the grant", () => this.#store.acquireLease(key, owner, ms)),
    renewLease: (key, owner, ms) => asking("lease the grant", () => this.#store.renewLease(key, owner, ms)),
    releaseLease: (key, owner) => asking("end the lease", () => this.#store.releaseLease(key, owner)),
  };

  /** One opaque string per user: the platform's ID hashed, so that no store key holds it. */
  #userKey(userId: string): Pick<GrantKey, "application" | "user"> {
    const hash = createHash("sha256").update(JSON.stringify([this.#application, userId]));
    return { application: this.#application, user: hash.digest("base64url").slice(0, 22) };
  }

  async #listLive(user: Pick<GrantKey, "application" | "user">): Promise<KnownGrant<"live">[]> {
    const grants = await this.#list(user);
    const now = this.#clock.now();
    return grants
      .filter(isLive)
      .filter(({ record }) => record.refreshTokenExpiresAt > now)
      .sort((a, b) => b.record.refreshedAt - a.record.refreshedAt);
  }

  async #list({ application, user }: Pick<GrantKey, "application" | "user">): Promise<KnownGrant[]> {
    const rows = await asking("list the user's grants", () => this.#store.list({ application, user }));
    const grants = await Promise.all(rows.map((row) => this.#open(row, { ...row.key, application, user })));
    return grants.filter((grant) => grant !== undefined);
  }

  async #open({ sealed, writeId }: StoredGrant, key: GrantKey): Promise<KnownGrant | undefined> {
    const record = readRecord(await this.#seal.unseal(sealed));
    // A row copied over another one opens, but says inside whose it is.
    if (record && record.id === key.id && this.#userKey(record.user.id).user === key.user) {
      return { key: this.keyOf(key), writeId, record };
    }
    if (!this.#unreadable.has(key.id)) {
      this.#unreadable.set(key.id, true);
      const message = "A grant cannot be read: it was changed, or sealed with another secret or version.";
      this.#events.tell("fault", { code: "grant_unreadable", message, grantId: key.id });
    }
    return undefined;
  }

  async #write(grant: KnownGrant, current: KnownGrant | undefined): Promise<boolean> {
    if (!current) {
      await this.#create(grant);
      return true;
    }
    const stored = await this.#toStored(grant);
    return asking("write the grant", () => this.#store.swap(stored, current.writeId));
  }

  async #create(grant: KnownGrant): Promise<void> {
    const stored = await this.#toStored(grant);
    await asking("keep the grant", () => this.#store.create(stored));
  }

  /** A read that was under way when the grant ended here must not bring it back. */
  #rememberRead(grant: KnownGrant<"live">): void {
    if (this.#over.has(grant.key.id)) this.#remembered.delete(grant.key.id);
    else this.#remembered.set(grant.key.id, grant);
  }

  #rememberWritten(grant: KnownGrant): void {
    const { id } = grant.key;
    if (isLive(grant) && !grant.record.signedOut) {
      this.#over.delete(id);
      this.#remembered.set(id, grant);
    } else {
      this.#over.set(id, true);
      this.#remembered.delete(id);
    }
  }

  async #toStored({ key, writeId, record }: KnownGrant): Promise<StoredGrant> {
    const expiresAt = record.state === "live" ? record.refreshTokenExpiresAt : Date.now() + MARKED_FOR;
    return { key, writeId, sealed: await this.#seal.seal(record), expiresAt };
  }
}

function newWriteId(): string {
  return randomBytes(12).toString("base64url");
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
