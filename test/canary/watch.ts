import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import type { GrantStore } from "express-autogpt";
import type { Store } from "express-session";
import { AutoGPTError } from "../../dist/errors.js";
import { Canary } from "./canary.js";
import { collectData, watchServers } from "./wire.js";

/** The canary of this process, once it is watched; benches are not. */
let canary: Canary | undefined;

/** As an app logs that logs everything it can get hold of. */
const inspectAll = (value: unknown) =>
  inspect(value, { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null });

/** Begins to watch what this process shows, in all channels but its own output. */
export function watchProcess(): Canary {
  canary = new Canary();
  watchServers(canary);
  watchErrors(canary);
  watchChildren(canary);
  for (const name of ["signIn", "signOut", "refresh", "grantLost", "fault"]) {
    subscribe(`express-autogpt:${name}`, (event) => canary?.show("event", inspectAll(event)));
  }
  process.on("warning", (warning) => canary?.show("error", inspectAll(warning)));
  return canary;
}

/** The secrets that went over the wire of this process so far. */
export function knownSecrets(): Canary["secrets"] {
  return canary?.secrets ?? [];
}

/** For a test file that itself plays a program which puts secrets into addresses. */
export function playLeakyProgram(): void {
  canary?.ignore("url");
}

/** An error that reached an app's last handler. */
export function showError(error: unknown): void {
  canary?.show("error", inspectAll(error));
}

/** Everything that a store holds, or gets. */
export function showStored(text: string): void {
  canary?.show("store", text);
}

export function noteAppSecret(secret: unknown): void {
  for (const one of [secret].flat()) canary?.note("AUTOGPT_SECRET", one);
}

/** The same store, which shows what is written into it. */
export function watchGrants(store: GrantStore): GrantStore {
  const shown = (grant: object) => showStored(JSON.stringify(grant));
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function" || (name !== "create" && name !== "swap")) return method;
      return (...args: [object, ...unknown[]]) => {
        shown(args[0]);
        return Reflect.apply(method, target, args);
      };
    },
  });
}

export function watchSessions(store: Store): void {
  const { set } = store;
  store.set = (id, session, callback) => {
    showStored(JSON.stringify([id, session]));
    return set.call(store, id, session, callback);
  };
}

/** Every error of the package, whoever catches it: a class asks for its parent each time it makes one. */
function watchErrors(known: Canary): void {
  class WatchedError extends Error {
    constructor(message?: string, options?: ErrorOptions) {
      super(message, options);
      setImmediate(() => known.show("error", inspectAll(this))); // when its fields are set
    }
  }
  Object.setPrototypeOf(AutoGPTError, WatchedError);
}

/** What the emulator's command says on purpose. */
const SAID_ON_PURPOSE = /^\s*(?:Client secret|API key): .*$/gim;

/** Output of processes that a test began and reads itself. */
function watchChildren(known: Canary): void {
  subscribe("child_process", (message) => {
    // Safe: Node documents what it publishes here.
    const { process: child } = message as { process: ChildProcess };
    process.nextTick(() => {
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        const text = collectData(stream);
        stream.once("close", () => known.show("output", text().replaceAll(SAID_ON_PURPOSE, "")));
      }
    });
  });
}
