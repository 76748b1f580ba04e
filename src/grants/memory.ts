import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** Rows between two clean-ups of what has expired. */
const SWEEP_EVERY = 1000;

/**
 * Grants in this process's memory: for development, tests and apps that run as one process and may sign
 * everybody out when it restarts.
 *
 * @example
 * ```ts
 * import { memoryGrants } from "express-autogpt";
 * const grants = memoryGrants();
 * ```
 */
export function memoryGrants(): GrantStore {
  const users = new Map<string, Map<string, StoredGrant>>();
  let writes = 0;

  function find({ user, id }: GrantKey): StoredGrant | undefined {
    const grant = users.get(user)?.get(id);
    return grant && grant.expiresAt > Date.now() ? grant : undefined;
  }
  function write(grant: StoredGrant): void {
    const grants = users.get(grant.key.user) ?? new Map<string, StoredGrant>();
    users.set(grant.key.user, grants.set(grant.key.id, grant));
    writes += 1;
    if (writes % SWEEP_EVERY === 0) sweep();
  }
  function sweep(): void {
    for (const [user, grants] of users) {
      for (const grant of grants.values()) if (!find(grant.key)) grants.delete(grant.key.id);
      if (grants.size === 0) users.delete(user);
    }
  }

  return {
    async create(grant) {
      write(grant);
    },
    async read(key) {
      return find(key);
    },
    async swap(grant, expected) {
      if (find(grant.key)?.writeId !== expected) return false;
      write(grant);
      return true;
    },
    async list(user) {
      return [...(users.get(user)?.values() ?? [])].filter((grant) => find(grant.key));
    },
  };
}
