import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * A program of the examples as a process of its own; by default what `npm start` runs after the build. Without the
 * tsx command around it, which kills what does not answer a signal within 60 ms.
 */
export class Start {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  output = "";

  /** Only what is given here is set: the machine's own AUTOGPT_... must not decide a test. */
  constructor(env: Record<string, string>, program: readonly string[] = ["examples/start.ts"]) {
    this.#child = spawn(process.execPath, ["--import", "tsx", ...program], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
  }

  /** Waits until lines with these names stand there, such as `Example app: http://...`, and gives their values. */
  async values(...names: string[]): Promise<string[]> {
    return this.until(() => {
      const found = names.map((name) => new RegExp(`^${name}: (.+)$`, "m").exec(this.output)?.[1]);
      return found.every((value) => value !== undefined) ? found : undefined;
    });
  }

  /** Waits until there is something to be found in the output. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const next = await Promise.race([once(this.#child.stdout ?? this.#child, "data"), this.#ended]);
      if (next.length > 1) throw new Error(`It ended before it was ready:\n${this.output}`);
    }
  }

  /** Waits for its end and gives the exit code. */
  async exitCode(): Promise<unknown> {
    const [code] = await this.#ended;
    return code;
  }

  stop(signal: "SIGTERM" | "SIGINT" | "SIGKILL" = "SIGTERM"): Promise<unknown> {
    this.#child.kill(signal);
    return this.exitCode();
  }
}
