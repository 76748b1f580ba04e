/**
 * Tests for a grant store of your own.
 *
 * @module express-autogpt/store-tests
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { GrantKey, GrantStore, StoredGrant } from "./store.js";

/** One promise of a store, and the program that holds the store to it. */
export interface GrantStoreTest {
  /** What is promised. */
  readonly name: string;
  /** Rejects with an `AssertionError` when the store does not keep it. */
  run(): Promise<void>;
}

/** How long the leases and rows of the battery live, in milliseconds; slow enough for a store across a network. */
const SHORT = 1000;

/**
 * The promises of `GrantStore` as a battery of tests, for whoever writes a store for another database. Give it two
 * ways to the same store, as two processes have them; it makes keys of its own and leaves nothing that lasts.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { memoryGrants } from "express-autogpt";
 * import { grantStoreTests } from "express-autogpt/store-tests";
 *
 * const store = memoryGrants();
 * for (const { name, run } of grantStoreTests(store, store)) test(name, run);
 * ```
 */
export function grantStoreTests(store: GrantStore, other: GrantStore): GrantStoreTest[] {
  const tests: Record<string, () => Promise<void>> = {
    async "what was created is read by every process"() {
      const grant = newGrant();
      assert.equal(await store.read(grant.key), undefined);
      await store.create(grant);
      assert.deepEqual(await other.read(grant.key), grant);
    },
    async "a sealed record of 8 kB comes back unchanged"() {
      const grant = newGrant({ sealed: randomBytes(6000).toString("base64url") });
      await store.create(grant);
      assert.equal((await other.read(grant.key))?.sealed, grant.sealed);
    },
    async "a key that differs in one part names another grant"() {
      const grant = newGrant();
      await store.create(grant);
      for (const part of ["application", "user", "id"] as const) {
        assert.equal(await store.read({ ...grant.key, [part]: newName() }), undefined, part);
      }
    },
    async "a swap that names the last write replaces the row"() {
      const [first, second] = twoWrites();
      await store.create(first);
      assert.equal(await other.swap(second, first.writeId), true);
      assert.deepEqual(await store.read(first.key), second);
    },
    async "a swap that names an earlier write, or part of a name, changes nothing"() {
      const [first, second] = twoWrites();
      await store.create(first);
      for (const wrong of [newName(), "", first.writeId.slice(0, -1), `${first.writeId}x`]) {
        assert.equal(await store.swap(second, wrong), false, wrong);
      }
      assert.deepEqual(await store.read(first.key), first);
      await store.swap(second, first.writeId);
      assert.equal(await store.swap({ ...first, writeId: newName() }, first.writeId), false);
      assert.deepEqual(await store.read(first.key), second);
    },
    async "a swap of a row that is not there writes nothing"() {
      const grant = newGrant();
      assert.equal(await store.swap(grant, newName()), false);
      assert.equal(await store.read(grant.key), undefined);
    },
    async "of many swaps at once exactly one wins"() {
      const first = newGrant();
      await store.create(first);
      const writes = Array.from({ length: 20 }, () => ({ ...first, writeId: newName() }));
      const won = await Promise.all(
        writes.map((write, at) => (at % 2 ? store : other).swap(write, first.writeId)),
      );
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await store.read(first.key))?.writeId, writes[won.indexOf(true)]?.writeId);
    },
    async "all rows of a user are listed, and no others"() {
      const mine = [newGrant(), newGrant(), newGrant()].map((grant) => ({
        ...grant,
        key: { ...grant.key, ...user },
      }));
      const foreign = newGrant({ key: { ...newKey(), application: user.application } });
      for (const grant of [...mine, foreign]) await store.create(grant);
      const listed = await other.list(user);
      assert.deepEqual(listed.map(({ key }) => key.id).sort(), mine.map(({ key }) => key.id).sort());
      assert.deepEqual(
        listed.find(({ key }) => key.id === mine[0]?.key.id),
        mine[0],
      );
      assert.deepEqual(await other.list({ ...user, application: newName() }), []);
    },
    async "a row is gone once it has expired"() {
      const key = newKey();
      const grant = newGrant({ key, expiresAt: Date.now() + SHORT });
      await store.create(grant);
      assert.notEqual(await store.read(key), undefined);
      await wait(SHORT * 2);
      assert.equal(await store.read(key), undefined);
      assert.deepEqual(await store.list(key), []);
      assert.equal(await store.swap({ ...grant, writeId: newName() }, grant.writeId), false);
      assert.equal(await store.acquireLease(key, newName(), SHORT), false);
    },
    async "a swap moves the expiry, later and sooner"() {
      const soon = newGrant({ expiresAt: Date.now() + SHORT });
      const later = { ...soon, writeId: newName(), expiresAt: Date.now() + 100 * SHORT };
      await store.create(soon);
      await store.swap(later, soon.writeId);
      await wait(SHORT * 2);
      assert.deepEqual(await store.read(soon.key), later);
      assert.equal((await store.list(soon.key)).length, 1);
      await store.swap({ ...soon, writeId: newName(), expiresAt: Date.now() + SHORT }, later.writeId);
      await wait(SHORT * 2);
      assert.equal(await store.read(soon.key), undefined);
    },
    async "the rows that expire before an instant are listed once each"() {
      const application = newName();
      const at = Date.now() + 1_000_000;
      const grants = [];
      // More than a page, many of them in one millisecond.
      for (let n = 0; n < 1200; n += 1) {
        grants.push(newGrant({ key: { ...newKey(), application }, expiresAt: at + (n < 600 ? 0 : n) }));
      }
      // A few at a time: the other tests' rows must not expire while they wait for a connection.
      for (let n = 0; n < grants.length; n += 10) {
        await Promise.all(grants.slice(n, n + 10).map((grant) => store.create(grant)));
      }
      const listed: string[] = [];
      for await (const { id } of other.listExpiring(application, at + 1000)) listed.push(id);
      const expected = grants.filter(({ expiresAt }) => expiresAt < at + 1000).map(({ key }) => key.id);
      assert.deepEqual(listed.sort(), expected.sort());
      for await (const key of other.listExpiring(application, at)) assert.fail(`${key.id} expires later`);
    },
    async "a lease has one owner at a time, who may take it again"() {
      const { key } = await created(store);
      assert.equal(await store.acquireLease(key, "one", 100 * SHORT), true);
      assert.equal(await other.acquireLease(key, "two", 100 * SHORT), false);
      assert.equal(await other.acquireLease(key, "one", 100 * SHORT), true);
    },
    async "of many that ask at once exactly one gets the lease"() {
      const { key } = await created(store);
      const owners = Array.from({ length: 20 }, (_, at) => `owner ${at}`);
      const got = await Promise.all(
        owners.map((owner, at) => (at % 2 ? store : other).acquireLease(key, owner, 100 * SHORT)),
      );
      assert.equal(got.filter(Boolean).length, 1);
    },
    async "a lease ends by itself, and then is not its owner's to renew"() {
      const { key } = await created(store);
      await store.acquireLease(key, "one", SHORT);
      await wait(SHORT * 2);
      assert.equal(await store.renewLease(key, "one", SHORT), false);
      assert.equal(await other.acquireLease(key, "two", SHORT), true);
      assert.equal(await store.renewLease(key, "one", SHORT), false);
    },
    async "a lease that is renewed goes on"() {
      const { key } = await created(store);
      await store.acquireLease(key, "one", SHORT * 2);
      for (let n = 0; n < 4; n += 1) {
        await wait(SHORT);
        assert.equal(await store.renewLease(key, "one", SHORT * 2), true);
      }
      assert.equal(await other.acquireLease(key, "two", SHORT), false);
    },
    async "only the owner releases a lease"() {
      const { key } = await created(store);
      await store.acquireLease(key, "one", 100 * SHORT);
      await other.releaseLease(key, "two");
      assert.equal(await other.acquireLease(key, "two", SHORT), false);
      await store.releaseLease(key, "one");
      assert.equal(await other.acquireLease(key, "two", SHORT), true);
    },
    async "a lease outlives swaps, and hinders none"() {
      const [first, second] = twoWrites();
      await store.create(first);
      await store.acquireLease(first.key, "one", 100 * SHORT);
      assert.equal(await other.swap(second, first.writeId), true);
      assert.equal(await other.acquireLease(first.key, "two", SHORT), false);
    },
    async "names that look alike do not meet"() {
      const odd = ["a:b", "a", "a b", "{a}", "a%3Ab", "ä", "a'b", 'a"b', "a\\b"];
      const grants = odd.map((name) =>
        newGrant({ key: { application: "battery", user: name, id: `${name}${newName()}` } }),
      );
      for (const grant of grants) await store.create(grant);
      for (const grant of grants) assert.deepEqual(await other.read(grant.key), grant);
      const lists = await Promise.all(grants.map(({ key }) => other.list(key)));
      for (const [at, list] of lists.entries()) {
        assert.ok(list.some(({ key }) => key.id === grants[at]?.key.id));
        assert.ok(list.every(({ key }) => key.user === odd[at]));
      }
    },
  };
  const user = { application: newName(), user: newName() };
  return Object.entries(tests).map(([name, run]) => ({ name, run }));
}

function newName(): string {
  return randomBytes(16).toString("base64url");
}

function newKey(): GrantKey {
  return { application: newName(), user: newName(), id: newName() };
}

function newGrant(parts: Partial<StoredGrant> = {}): StoredGrant {
  return { key: newKey(), sealed: newName(), writeId: newName(), expiresAt: Date.now() + 600_000, ...parts };
}

function twoWrites(): [StoredGrant, StoredGrant] {
  const grant = newGrant();
  return [grant, { ...grant, sealed: newName(), writeId: newName(), expiresAt: grant.expiresAt + 1000 }];
}

async function created(store: GrantStore): Promise<StoredGrant> {
  const grant = newGrant();
  await store.create(grant);
  return grant;
}
