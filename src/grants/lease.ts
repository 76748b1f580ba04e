import { randomBytes } from "node:crypto";
import type { GrantKey, GrantStore } from "./store.js";

/** How long a lease lasts without being renewed: what the others wait when its owner dies. */
export const LEASE_LASTS = 10_000;

/** Chances to renew before it ends. */
const RENEWALS = 3;

/** The part of a store that lends grants. */
export type Leases = Pick<GrantStore, "acquireLease" | "renewLease" | "releaseLease">;

/** A lease that is held: no other process refreshes the grant meanwhile. */
export interface Lease {
  readonly owner: string;
  /** Lets the others go on; a store that is away lets the lease end by itself. */
  release(): Promise<void>;
}

/** Tries once to take the grant's lease, and keeps it for as long as the work takes. */
export async function takeLease(
  store: Leases,
  key: GrantKey,
  lasts = LEASE_LASTS,
): Promise<Lease | undefined> {
  const owner = randomBytes(12).toString("base64url");
  if (!(await store.acquireLease(key, owner, lasts))) return undefined;
  const renewal = setInterval(() => {
    // A lease that cannot be renewed ends; what was begun goes on, and the write decides (see `update`).
    store.renewLease(key, owner, lasts).catch(() => {});
  }, lasts / RENEWALS);
  renewal.unref();
  return {
    owner,
    async release() {
      clearInterval(renewal);
      await store.releaseLease(key, owner).catch(() => {});
    },
  };
}
