import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

export interface Program {
  /** What it printed until it was ready. */
  readonly output: string;
  /** What it wrote to stderr so far. */
  errors(): string;
  /** Asks it to end (SIGTERM) and answers its exit code. */
  stop(): Promise<number | null>;
}

interface Start {
  readonly cwd: string;
  /** Beside PATH and HOME nothing of this process's environment is handed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether what it printed so far says that it is ready. */
  readonly isReady: (output: string) => boolean | Promise<boolean>;
}

type Stop = () => Promise<unknown>;

/** Stops what was started, the last first, however `body` ends. */
export async function runAndStop(body: (onEnd: (stop: Stop) => void) => Promise<void>): Promise<void> {
  const stops: Stop[] = [];
  try {
    await body((stop) => stops.unshift(stop));
  } finally {
    for (const stop of stops) await stop();
  }
}

/** For a test that is given up while its programs run. */
const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** How often a program that prints nothing is asked whether it is ready, in milliseconds. */
const PAUSE = 20;

/** Starts a program and waits until it is ready. Rejects with its stderr if it ends before. */
export async function startProgram(file: string, args: readonly string[], start: Start): Promise<Program> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(file, args, {
    cwd: start.cwd,
    env: { PATH, HOME, ...start.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  const closed = once(child, "close").finally(() => children.delete(child));
  while (!(await start.isReady(output))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      await closed;
      throw new Error(`${file} ${args.join(" ")} ended:\n${output}${errors}`);
    }
    await Promise.race([wait(PAUSE), closed]);
  }
  return {
    output,
    errors: () => errors,
    async stop() {
      child.kill("SIGTERM");
      await closed;
      return child.exitCode;
    },
  };
}

/** Below the ports that the system hands out by itself (32768 on Linux), so that nobody takes it in between. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
let next = (process.pid * 97) % PORTS;

/** A port that is free, and is given to nobody else in this process. */
export async function takePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (next++ % PORTS);
    const server = createServer().listen(port);
    const isFree = await Promise.race([
      once(server, "listening").then(() => true),
      once(server, "error").then(() => false),
    ]);
    server.close();
    if (isFree) return port;
  }
}

/** Whether something listens on a port of 127.0.0.1. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
