import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AutoGPTEvents } from "express-autogpt";
import { show } from "../canary/watch.js";
import type { WorkerMessage, WorkerSettings } from "./worker.js";

const PROGRAM = fileURLToPath(new URL("worker.ts", import.meta.url));

/** How long a process has to begin: tsx on a busy machine of two cores. */
const BEGINS_WITHIN = 60_000;

export interface WorkerEvent {
  readonly name: keyof AutoGPTEvents;
  readonly userId: string | undefined;
  readonly grantId: string | undefined;
  readonly event: object;
  /** When it was told, by this process's clock. */
  readonly at: number;
}

/** A process of its own that runs worker.ts. */
export class Worker {
  readonly events: WorkerEvent[] = [];
  /** Rejections and exceptions that nobody handled. */
  readonly crashes: string[] = [];
  /** What `autogpt.close()` resolved to. */
  closed: boolean | undefined;
  /** Whether it was told to end. */
  ending = false;
  /** When it was killed, by this process's clock. */
  killedAt: number | undefined;
  /** Resolves when it has gone, once it was told to. */
  left: Promise<unknown> | undefined;
  url = "";
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  /** Who waits until the sessions they sent are known, in that order. */
  readonly #told: (() => void)[] = [];

  private constructor(settings: WorkerSettings) {
    this.name = settings.name;
    this.#child = fork(PROGRAM, {
      execArgv: ["--import", "tsx", "--no-deprecation"], // v1 has no limit of calls per minute
      env: { PATH: process.env.PATH, HOME: process.env.HOME, WORKER_SETTINGS: JSON.stringify(settings) },
    });
    this.#exit = once(this.#child, "exit");
    this.#child.on("message", (message) => this.#take(message as WorkerMessage));
  }

  /** Resolves when it listens. */
  static async start(settings: WorkerSettings): Promise<Worker> {
    const worker = new Worker(settings);
    const until = Date.now() + BEGINS_WITHIN;
    while (worker.url === "") {
      const ended = worker.#child.exitCode !== null || worker.crashes.length > 0;
      if (ended || Date.now() > until) throw new Error(`worker did not begin: ${worker.crashes}`);
      await Promise.race([once(worker.#child, "message"), worker.#exit]);
    }
    return worker;
  }

  #take(message: WorkerMessage): void {
    if (message.type === "listening") this.url = message.url;
    if (message.type === "sessions") this.#told.shift()?.();
    if (message.type === "crash") this.crashes.push(message.reason);
    if (message.type === "closed") this.closed = message.done;
    if (message.type !== "event") return;
    const { name, event } = message;
    show("event", event);
    const about: { userId?: string; grantId?: string } = event;
    this.events.push({ name, event, userId: about.userId, grantId: about.grantId, at: Date.now() });
  }

  /** Tells it of sessions that began elsewhere; resolves when it knows them. */
  async addSessions(sessions: WorkerSettings["sessions"]): Promise<void> {
    if (this.ending || !this.#child.connected) return;
    const known = new Promise<void>((resolve) => this.#told.push(resolve));
    this.#child.send(sessions, () => {});
    await Promise.race([known, this.#exit]);
  }

  /** Ends it as a deploy does and gives the exit code; SIGKILL as the kernel does. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<unknown> {
    this.ending = true;
    if (signal === "SIGKILL") this.killedAt = Date.now();
    this.#child.kill(signal);
    this.left = this.#exit;
    const [code] = (await this.#exit) as [unknown];
    return code;
  }
}
