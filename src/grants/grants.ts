import { randomBytes } from "node:crypto";
import type { PlatformClock } from "../platform-clock.js";
import type { User } from "../user.js";
import { Believed } from "./believed.js";
import type { Leases } from "./lease.js";
import { type GrantRecord, isLive, type KnownGrant, RECORD_VERSION, type TokenPair } from "./record.js";
import { SealedStore, type SealedStoreParts, type UserKey } from "./sealed-store.js";
import type { GrantKey } from "./store.js";

/** What became of a write. */
export interface Written {
  /** Whether this write, and no other, is what the store has now. */
  readonly written: boolean;
  /** The grant as it stands, whoever wrote it. */
  readonly grant: KnownGrant | undefined;
}

/** Waits after the store failed and says whether to go on; see the refresh. */
export type KeepTrying = (error: unknown) => Promise<boolean>;

/** The grants of one application. */
export class Grants {
  readonly #store: SealedStore;
  readonly #clock: PlatformClock;
  readonly #believed = new Believed();
  /** The store's leases. */
  readonly leases: Leases;

  constructor({ clock, ...parts }: SealedStoreParts & { readonly clock: PlatformClock }) {
    this.#store = new SealedStore(parts);
    this.#clock = clock;
    this.leases = this.#store.leases;
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
    const grant = { key: { ...this.#store.userKey(user.id), id }, writeId: newWriteId(), record };
    await this.#store.create(grant);
    this.#believed.noteWritten(grant);
    return grant;
  }

  /** The key that a session's mark names. */
  keyOf(mark: Pick<GrantKey, "user" | "id">): GrantKey {
    return this.#store.keyOf(mark);
  }

  /** The grant, if this process saw it live within the last minute: no store access, no cryptography. */
  peek(mark: Pick<GrantKey, "user" | "id">): KnownGrant<"live"> | undefined {
    return this.#believed.get(mark);
  }

  /** The grant as the store has it, whatever its state; `undefined` when there is none or it cannot be read. */
  async read(key: GrantKey): Promise<KnownGrant | undefined> {
    const grant = await this.#store.read(key);
    this.#believed.noteRead(key.id, grant);
    return grant;
  }

  /** A user's grants that can still be used, newest first. */
  async listLive(userId: string): Promise<KnownGrant<"live">[]> {
    const live = await this.#listLive(this.#store.userKey(userId));
    for (const grant of live) this.#believed.noteRead(grant.key.id, grant); // its fresh access token costs no second read
    return live;
  }

  /** A user's grants, also those that have ended or died within the last minutes. */
  async list(userId: string): Promise<KnownGrant[]> {
    return this.#store.list(this.#store.userKey(userId));
  }

  /** For each user with a grant that expires before an instant: all live grants of that user. */
  async *listExpiring(before: number): AsyncIterable<KnownGrant<"live">[]> {
    for await (const user of this.#store.listExpiring(before)) yield await this.#listLive(user);
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
          this.#believed.noteWritten(attempt);
          return { written: true, grant: attempt };
        }
        const record = change(current);
        if (!record) return { written: false, grant: current };
        attempt = { key, writeId: newWriteId(), record };
        if (!(await this.#write(attempt, current))) continue;
        this.#believed.noteWritten(attempt);
        return { written: true, grant: attempt };
      } catch (error) {
        if (!keepTrying || !(await keepTrying(error))) throw error;
      }
    }
  }

  async #write(grant: KnownGrant, current: KnownGrant | undefined): Promise<boolean> {
    if (current) return this.#store.swap(grant, current.writeId);
    await this.#store.create(grant);
    return true;
  }

  async #listLive(user: UserKey): Promise<KnownGrant<"live">[]> {
    const grants = await this.#store.list(user);
    const now = this.#clock.now();
    return grants
      .filter(isLive)
      .filter(({ record }) => record.refreshTokenExpiresAt > now)
      .sort((a, b) => b.record.refreshedAt - a.record.refreshedAt);
  }
}

function newWriteId(): string {
  return randomBytes(12).toString("base64url");
}
