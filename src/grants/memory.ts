import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** Rows written between two clean-ups of what has expired. */
const SWEEP_EVERY = 1000;

interface Lease {
  readonly owner: string;
  readonly until: number;
}

/**
 * Grants in this process's memory: for development, tests, and apps that run as one process and may sign
 * everybody out when it restarts.
 *
 * @example
 * ```ts
 * import { memoryGrants } from "express-autogpt";
 * const grants = memoryGrants();
 * ```
 */
export function memoryGrants(): GrantStore {
  warnInProduction();
  const rows = new Map<string, StoredGrant>();
  const users = new Map<string, Set<string>>();
  const leases = new Map<string, Lease>();
  let writes = 0;

  const rowOf = ({ application, id }: GrantKey) => `${application} ${id}`;
  const userOf = ({ application, user }: Pick<GrantKey, "application" | "user">) => `${application} ${user}`;

  function find(key: GrantKey): StoredGrant | undefined {
    const grant = rows.get(rowOf(key));
    return grant && grant.key.user === key.user && grant.expiresAt > Date.now() ? grant : undefined;
  }
  function write(grant: StoredGrant): void {
    const owned = users.get(userOf(grant.key)) ?? new Set<string>();
    users.set(userOf(grant.key), owned.add(rowOf(grant.key)));
    rows.set(rowOf(grant.key), grant);
    writes += 1;
    if (writes % SWEEP_EVERY === 0) sweep();
  }
  function sweep(): void {
    for (const [name, grant] of rows) {
      if (find(grant.key)) continue;
      rows.delete(name);
      leases.delete(name);
      const owned = users.get(userOf(grant.key));
      owned?.delete(name);
      if (owned?.size === 0) users.delete(userOf(grant.key));
    }
  }
  function holds(key: GrantKey, owner: string): boolean {
    const lease = leases.get(rowOf(key));
    return lease !== undefined && lease.owner === owner && lease.until > Date.now();
  }
  function lend(key: GrantKey, owner: string, ms: number): boolean {
    leases.set(rowOf(key), { owner, until: Date.now() + ms });
    return true;
  }

  const store: GrantStore = {
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
      const owned = [...(users.get(userOf(user)) ?? [])].map((name) => rows.get(name));
      return owned.filter(
        (grant): grant is StoredGrant => grant !== undefined && find(grant.key) !== undefined,
      );
    },
    async *listExpiring(application, before) {
      for (const { key, expiresAt } of [...rows.values()]) {
        if (key.application === application && expiresAt < before && find(key)) yield key;
      }
    },
    async acquireLease(key, owner, ms) {
      const lease = leases.get(rowOf(key));
      const free = !lease || lease.owner === owner || lease.until <= Date.now();
      return free && find(key) !== undefined && lend(key, owner, ms);
    },
    async renewLease(key, owner, ms) {
      return holds(key, owner) && lend(key, owner, ms);
    },
    async releaseLease(key, owner) {
      if (holds(key, owner)) leases.delete(rowOf(key));
    },
  };
  made.add(store);
  return store;
}

const made = new WeakSet<GrantStore>();

/** Whether `memoryGrants()` made it. */
export function isMemoryGrants(store: GrantStore): boolean {
  return made.has(store);
}

let warned = false;

function warnInProduction(): void {
  if (warned || process.env.NODE_ENV !== "production") return;
  warned = true;
  process.emitWarning(
    "Grants are kept in this process's memory: a restart signs everybody out, and a second process knows nothing of them. Pass grants: redisGrants(client) or postgresGrants(pool).",
    { code: "AUTOGPT_MEMORY_GRANTS" },
  );
}
