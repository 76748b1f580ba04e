/** Names one grant; `user` comes first, so that a store can keep all grants of one user together. */
export interface GrantKey {
  /** The same opaque string for all grants of one user of one application. */
  readonly user: string;
  /** The grant, unique in the store. */
  readonly id: string;
}

/** One row: what it says is sealed, so that a store, its dumps and its operators learn nothing. */
export interface StoredGrant {
  readonly key: GrantKey;
  /** The sealed record, a compact JWE of one to two kB. */
  readonly sealed: string;
  /** A random name of this very write: the next write must name it. */
  readonly writeId: string;
  /** When the row may be forgotten, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Where grants are kept. The promises:
 *
 * - a row that was created or swapped in is what the next `read` of any process returns;
 * - `swap` writes only when the row still carries the `writeId` it is told, and says whether it did;
 * - a row is gone once `expiresAt` has passed, and then `read`, `list` and `swap` do not find it;
 * - a failure rejects; `undefined`, `[]` and `false` mean what they say.
 */
export interface GrantStore {
  /** Adds a row; its key is new. */
  create(grant: StoredGrant): Promise<void>;
  /** The row, or `undefined`. */
  read(key: GrantKey): Promise<StoredGrant | undefined>;
  /** Replaces the row that still carries `expected`; `false` when it is another or none. */
  swap(grant: StoredGrant, expected: string): Promise<boolean>;
  /** All rows of one user, in any order. */
  list(user: string): Promise<StoredGrant[]>;
}
