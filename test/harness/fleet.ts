import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { type Emulator, exampleApplication, startEmulator } from "express-autogpt/emulator";
import type { SessionData } from "express-session";
import { readConfig } from "../../src/config.js";
import { show } from "../canary/watch.js";
import { SECRET, startApp, type TestApp } from "./app.js";
import { Browser } from "./browser.js";
import { type PlatformFront, startPlatformFront } from "./platform-front.js";
import { newTable, type OpenStore, openStore, type StoreKind, type StoreSettings } from "./shared-store.js";
import { rowsOf, type StoreRows } from "./store-rows.js";
import { Worker } from "./workers.js";

export interface FleetSettings {
  readonly kind: StoreKind;
  readonly users?: number;
  /** Where the workers find the store: a proxy in front of it. */
  readonly storePort?: number;
}

/** A person with a browser. */
export interface FleetUser {
  readonly id: string;
  /** The session's cookie, which every worker knows. */
  cookie: string;
  /** The grant of the last sign-in. */
  grantId: string;
}

/** How long a worker that is told to end waits: longer than the slowest refresh of any test. */
const CLOSE_WITHIN = 60_000;

/** The platform, one application, its users, and the processes of the app on one shared store. */
export class Fleet {
  readonly users: FleetUser[] = [];
  readonly workers: Worker[] = [];
  #begun = 0;

  private constructor(
    readonly emulator: Emulator,
    readonly front: PlatformFront,
    readonly application: string,
    readonly storeSettings: StoreSettings,
    readonly ownStore: OpenStore,
    /** A process of ours, at which people sign in; the workers are told of its sessions. */
    readonly app: TestApp,
    readonly rows: StoreRows,
  ) {}

  static async start({ kind, users = 1, storePort }: FleetSettings): Promise<Fleet> {
    const clientId = `agpt_client_${randomBytes(12).toString("hex")}`;
    const emulator = await startEmulator({
      applications: [{ ...exampleApplication, client_id: clientId }],
      users: Array.from({ length: users }, (_, at) => newUser(at)),
    });
    const front = await startPlatformFront(emulator.url);
    const platform = { webUrl: emulator.webUrl, backendUrl: front.url };
    const settings = { kind, table: newTable() };
    const own = await openStore(settings);
    const app = await startApp(emulator, { options: { platform, grants: own.store } });
    const store = storePort === undefined ? settings : { ...settings, port: storePort };
    const application = instanceOf(clientId, platform);
    const rows = await rowsOf(settings, application);
    const fleet = new Fleet(emulator, front, application, store, own, app, rows);
    app.autogpt.events.on("signIn", ({ userId, grantId }) => {
      const user = fleet.users.find(({ id }) => id === userId);
      if (user) user.grantId = grantId;
    });
    for (const { id } of emulator.users) {
      fleet.users.push({ id, cookie: "", grantId: "" });
      await fleet.signIn(id);
    }
    return fleet;
  }

  /** A person signs in; all workers know the session. */
  async signIn(userId: string): Promise<void> {
    const browser = new Browser();
    const landed = await browser.signIn(this.emulator, this.app.url, { userId });
    if (landed.status !== 302) throw new Error(`sign-in answered ${landed.status}: ${await landed.text()}`);
    const user = this.users.find(({ id }) => id === userId);
    if (user) user.cookie = await browser.jar.getCookieString(this.app.url);
    const sessions = await this.#sessions();
    await Promise.all(this.workers.map((worker) => worker.addSessions(sessions)));
  }

  /** One more process of the app; its way to the same store may be another one. */
  async startWorker(store: Partial<StoreSettings> = {}): Promise<Worker> {
    this.#begun += 1;
    const { client_id, client_secret } = this.emulator.application;
    const worker = await Worker.start({
      name: `worker ${this.#begun}`,
      options: {
        clientId: client_id,
        clientSecret: client_secret,
        redirectUri: `${this.app.url}/auth/callback`,
        scopes: ["IDENTITY", "READ_BLOCK"],
        secret: SECRET,
        platform: { webUrl: this.emulator.webUrl, backendUrl: this.front.url },
      },
      store: { ...this.storeSettings, ...store },
      sessions: await this.#sessions(),
      closeWithinMs: CLOSE_WITHIN,
    });
    this.workers.push(worker);
    await worker.addSessions(await this.#sessions()); // of those who signed in while it began
    return worker;
  }

  /** Refreshes so far. */
  get refreshes() {
    return this.front.tokenCalls.filter(({ spent }) => spent !== undefined);
  }

  /** The same as the emulator tells it. */
  get refreshesOfEmulator() {
    return this.emulator.requests().filter(({ grant_type }) => grant_type === "refresh_token");
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end("SIGKILL").catch(() => {})));
    await this.app.autogpt.close();
    await Promise.all([this.app.stop(), this.front.stop(), this.emulator.stop()]);
    await this.rows.drop();
    await this.ownStore.close();
  }

  async #sessions(): Promise<Record<string, SessionData>> {
    return { ...(await promisify(this.app.store.all).call(this.app.store)) };
  }
}

/** The hash that an application's keys carry. */
export function instanceOf(clientId: string, platform: { webUrl: string; backendUrl: string }): string {
  const rest = {
    clientSecret: "agpt_secret_x",
    redirectUri: "http://localhost:3000/auth/callback",
    secret: SECRET,
  };
  return readConfig({ clientId, platform, scopes: ["IDENTITY"], ...rest }).instance;
}

/** The emulator's user number so and so. */
export function newUser(at: number) {
  const id = `0a000000-0000-4000-8000-${at.toString(16).padStart(12, "0")}`;
  return { id, email: `user-${at}@example.com`, name: `User ${at}`, timezone: "not-set" };
}

/** What a worker answered, or `undefined` when it ended in between. */
export async function callWorker(
  worker: Worker,
  path: string,
  cookie?: string,
): Promise<{ status: number; body: { user?: string; me?: string; signedIn?: boolean } } | undefined> {
  const headers = { accept: "application/json", ...(cookie !== undefined && { cookie }) };
  try {
    const response = await fetch(worker.url + path, { headers });
    const text = await response.text();
    show("body", text);
    const body: unknown = JSON.parse(text);
    return { status: response.status, body: { ...Object(body) } };
  } catch (error) {
    if (worker.ending) return undefined;
    throw error;
  }
}
