import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Emulator } from "express-autogpt/emulator";
import { Browser } from "../../harness/browser.js";
import type { Provider } from "./provider.js";
import { CLIENT, USER } from "./provider.js";
import { signInAt, type WayToSignIn } from "./sign-in.js";

/** Where a server keeps sessions; ours keeps its grants there too. */
export type Store = "memory" | "Redis" | "cookie" | "none";

/** One row of the comparison. */
export interface PeerKind {
  readonly name: string;
  readonly store: Store;
  /** The file in servers/. */
  readonly program: string;
  readonly signsIn: WayToSignIn;
  /** Whether it refreshes access tokens at all. */
  readonly refreshes?: boolean;
}

/** What all servers may need. */
export interface Surroundings {
  readonly provider: Provider;
  readonly emulator: Emulator;
  /** What all keys in Redis begin with, so that they can be removed. */
  readonly redisPrefix: string;
}

/** How long a server has to begin, in milliseconds: a busy machine of two cores. */
const BEGINS_WITHIN = 60_000;

/** How much of a server's last words is told when it does not begin, in characters. */
const MOST_SAID = 2000;

/** A server in a process of its own, and one browser that is signed in at it. */
export class Peer {
  readonly browser = new Browser();
  #cookie = "";

  private constructor(
    readonly kind: PeerKind,
    readonly urls: readonly string[],
    readonly surroundings: Surroundings,
    readonly process: ChildProcess,
  ) {}

  /** Runs it with plain Node, as in production: no loader, NODE_ENV set. */
  static async start(kind: PeerKind, surroundings: Surroundings): Promise<Peer> {
    const program = fileURLToPath(new URL(`servers/${kind.program}.js`, import.meta.url));
    const child = fork(program, {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production" },
        PEER_SETTINGS: JSON.stringify(settingsOf(kind, surroundings)),
      },
    });
    const patience = AbortSignal.timeout(BEGINS_WITHIN);
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk).slice(-MOST_SAID);
    });
    const exit = once(child, "exit").then(([code]) => {
      throw new Error(`${kind.name} did not begin, exit code ${code}: ${said}`);
    });
    const [{ urls }] = await Promise.race([once(child, "message", { signal: patience }), exit]);
    exit.catch(() => {});
    return new Peer(kind, urls, surroundings, child);
  }

  get url(): string {
    return this.urls[0] ?? "";
  }

  /** The cookies of the signed-in browser. */
  get cookie(): string {
    return this.#cookie;
  }

  /** Signs the browser in, and sees that it is. */
  async signIn(userId?: string): Promise<void> {
    await signInAt(this, userId);
    this.#cookie = await this.browser.jar.getCookieString(this.url);
    const answer = await this.browser.fetch(`${this.url}/user`);
    if (answer.status !== 200) throw new Error(`${this.kind.name} signed nobody in: ${answer.status}`);
  }

  /** What the signed-in browser gets there. */
  async read(url: string): Promise<string> {
    return (await this.browser.fetch(url)).text();
  }

  /** CPU time that the process has used, in microseconds, on all its threads. */
  async cpu(): Promise<number> {
    this.process.send("cpu");
    const [{ cpu }] = await once(this.process, "message");
    return cpu;
  }

  async stop(): Promise<void> {
    this.process.disconnect();
    await once(this.process, "exit");
  }
}

function settingsOf({ store }: PeerKind, { provider, emulator, redisPrefix }: Surroundings) {
  const { client_id, client_secret } = emulator.application;
  return {
    ...{ user: USER, store: store.toLowerCase(), secret: "a secret of more than thirty-two characters" },
    ...{ redisUrl: "redis://127.0.0.1:6379", prefix: `${redisPrefix}${randomBytes(6).toString("hex")}:` },
    ...{ issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
    ...{ platform: { webUrl: emulator.webUrl, backendUrl: emulator.backendUrl } },
    application: { clientId: client_id, clientSecret: client_secret },
  };
}
