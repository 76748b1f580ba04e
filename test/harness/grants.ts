import {
  type GrantStore,
  memoryGrants,
  type Scope,
  type SignInWithAutoGPT,
  signInWithAutoGPT,
} from "express-autogpt";
import type { Emulator } from "express-autogpt/emulator";
import { SECRET, startApp } from "./app.js";
import { Browser } from "./browser.js";

/** A store between a test and the real one, which fails when it is told to. */
export class FaultyStore implements GrantStore {
  /** How each method fails: before the work, or after it (done, but reported as failed). */
  faults = new Map<keyof GrantStore, { when: "before" | "after"; times: number }>();
  /** A gate before the next call of a method. */
  readonly #gates = new Map<keyof GrantStore, Promise<void>>();
  /** Calls so far, by method. */
  calls: (keyof GrantStore)[] = [];
  readonly #store: GrantStore;

  constructor(store: GrantStore = memoryGrants()) {
    this.#store = store;
  }

  fail(method: keyof GrantStore, when: "before" | "after", times = 1): void {
    this.faults.set(method, { when, times });
  }

  /** Holds the next call of a method back until the returned function is called. */
  hold(method: keyof GrantStore): () => void {
    let open = () => {};
    this.#gates.set(
      method,
      new Promise((resolve) => {
        open = resolve;
      }),
    );
    return open;
  }

  async #do<T>(method: keyof GrantStore, work: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    const gate = this.#gates.get(method);
    this.#gates.delete(method);
    await gate;
    const fault = this.faults.get(method);
    const failing = fault && fault.times > 0;
    if (failing) fault.times -= 1;
    if (failing && fault.when === "before") throw new Error("the store is away");
    const result = await work();
    if (failing) throw new Error("the store is away");
    return result;
  }

  create: GrantStore["create"] = (...args) => this.#do("create", () => this.#store.create(...args));
  read: GrantStore["read"] = (...args) => this.#do("read", () => this.#store.read(...args));
  swap: GrantStore["swap"] = (...args) => this.#do("swap", () => this.#store.swap(...args));
  list: GrantStore["list"] = (...args) => this.#do("list", () => this.#store.list(...args));
  listExpiring: GrantStore["listExpiring"] = (...args) => this.#store.listExpiring(...args);
  acquireLease: GrantStore["acquireLease"] = (...args) =>
    this.#do("acquireLease", () => this.#store.acquireLease(...args));
  renewLease: GrantStore["renewLease"] = (...args) =>
    this.#do("renewLease", () => this.#store.renewLease(...args));
  releaseLease: GrantStore["releaseLease"] = (...args) =>
    this.#do("releaseLease", () => this.#store.releaseLease(...args));
}

/** Another process of the same app, as far as memory goes: same options, nothing shared but the store. */
export function anotherProcess(emulator: Emulator, grants: GrantStore): SignInWithAutoGPT {
  const { client_id, client_secret } = emulator.application;
  return signInWithAutoGPT({
    clientId: client_id,
    clientSecret: client_secret,
    redirectUri: "http://localhost:3000/auth/callback",
    scopes: ["IDENTITY"],
    secret: SECRET,
    platform: { webUrl: emulator.webUrl, backendUrl: emulator.backendUrl },
    grants,
  });
}

/** Signs a user in through the front door and leaves the grant in the store. */
export async function signInUser(
  emulator: Emulator,
  grants: GrantStore,
  scopes: Scope[] = ["IDENTITY", "READ_BLOCK"],
): Promise<{ userId: string; browser: Browser }> {
  const app = await startApp(emulator, { options: { grants, scopes } });
  const browser = new Browser();
  const landed = await browser.signIn(emulator, app.url);
  if (landed.status !== 302) throw new Error(`sign-in answered ${landed.status}: ${await landed.text()}`);
  await app.stop();
  return { userId: emulator.users[0]?.id ?? "", browser };
}

/** The calls to the token endpoint since the log was emptied. */
export function refreshes(emulator: Emulator) {
  return emulator.requests().filter(({ path }) => path === "/api/oauth/token");
}
