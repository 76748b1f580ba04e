/** Names one grant; an application's grants never meet another's, and `user` keeps those of one user together. */
export interface GrantKey {
  /** A short hash of client ID and backend: 8 hexadecimal digits. */
  readonly application: string;
  /** The same 22 base64url characters for all grants of one user; a hash, not the platform's ID. */
  readonly user: string;
  /** The grant: 22 base64url characters, unique in the store. */
  readonly id: string;
}

/** One row; what it says is sealed, so that a store, its dumps and its operators learn nothing. */
export interface StoredGrant {
  /** Names the row. */
  readonly key: GrantKey;
  /** The sealed record, a compact JWE of one to two kB. */
  readonly sealed: string;
  /** A random name of this very write: the next write must name it. */
  readonly writeId: string;
  /** When the row may be forgotten, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Where grants are kept. Write your own for another database and run `grantStoreTests` on it. The promises:
 *
 * - what was created or swapped in is what the next `read` of any process returns;
 * - `swap` writes only where the row still carries the write ID it is told, and says whether it did;
 * - a row is gone once `expiresAt` has passed on the store's clock: no method finds it;
 * - a lease has one owner at a time, ends by itself on the store's clock, and only its owner renews or releases it;
 * - a failure rejects; `undefined`, `[]` and `false` mean what they say.
 */
export interface GrantStore {
  /** Adds a row, or replaces one with the same key. */
  create(grant: StoredGrant): Promise<void>;
  /** The row, or `undefined`. */
  read(key: GrantKey): Promise<StoredGrant | undefined>;
  /** Replaces the row that still carries the write ID `expected`; `false` when it carries another or is gone. */
  swap(grant: StoredGrant, expected: string): Promise<boolean>;
  /** All rows of one user, in any order. */
  list(user: Pick<GrantKey, "application" | "user">): Promise<StoredGrant[]>;
  /** Keys of an application's rows that expire before an instant in milliseconds since 1970, each once. */
  listExpiring(application: string, before: number): AsyncIterable<GrantKey>;
  /** Takes or keeps the lease of an existing row for `ms` milliseconds; `false` when another owner has it. */
  acquireLease(key: GrantKey, owner: string, ms: number): Promise<boolean>;
  /** Extends the owner's lease to `ms` milliseconds from now; `false` when it is not the owner's any more. */
  renewLease(key: GrantKey, owner: string, ms: number): Promise<boolean>;
  /** Ends the owner's lease; another owner's is left alone. */
  releaseLease(key: GrantKey, owner: string): Promise<void>;
}
