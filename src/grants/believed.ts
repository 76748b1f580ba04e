import { Recent } from "./recent.js";
import { isLive, type KnownGrant } from "./record.js";
import type { GrantKey } from "./store.js";

/** How long a process believes that a grant lives without asking the store: sign-out elsewhere works within it. */
const BELIEVED_FOR = 60_000;

/** Grants a process remembers at most; one takes about 2 kB. */
const MOST_REMEMBERED = 10_000;

/** What this process believes of grants without asking the store. */
export class Believed {
  readonly #live = new Recent<KnownGrant<"live">>({ maxSize: MOST_REMEMBERED, maxAge: BELIEVED_FOR });
  /** Grants that this process ended, for longer than a read of the store that was under way can take. */
  readonly #over = new Recent<true>({ maxSize: MOST_REMEMBERED, maxAge: BELIEVED_FOR });

  /** The grant, if it was seen live within the last minute. */
  get({ user, id }: Pick<GrantKey, "user" | "id">): KnownGrant<"live"> | undefined {
    const grant = this.#live.get(id);
    return grant?.key.user === user ? grant : undefined;
  }

  /** What the store said. A read that was under way when the grant ended here must not bring it back. */
  noteRead(id: string, grant: KnownGrant | undefined): void {
    if (isLive(grant) && !this.#over.has(id)) this.#live.set(id, grant);
    else this.#live.delete(id);
  }

  /** What this process made of the grant. */
  noteWritten(grant: KnownGrant): void {
    const { id } = grant.key;
    if (isLive(grant) && !grant.record.signedOut) {
      this.#over.delete(id);
      this.#live.set(id, grant);
    } else {
      this.#over.set(id, true);
      this.#live.delete(id);
    }
  }
}
