import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * `npm start` after the build, as a process of its own. Without the tsx command around it, which kills what does
 * not answer a signal within 60 ms.
 */
export class Start {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  output = "";

  /** Only what is given here is set: the machine's own AUTOGPT_... must not decide a test. */
  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, ["--import", "tsx", "examples/start.ts"], {
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
    for (;;) {
      const found = names.map((name) => new RegExp(`^${name}: (.+)$`, "m").exec(this.output)?.[1]);
      if (found.every((value) => value !== undefined)) return found;
      const next = await Promise.race([once(this.#child.stdout ?? this.#child, "data"), this.#ended]);
      if (next.length > 1) throw new Error(`It ended before it was ready:\n${this.output}`);
    }
  }

  /** Waits for its end and gives the exit code. */
  async exitCode(): Promise<unknown> {
    const [code] = await this.#ended;
    return code;
  }

  stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<unknown> {
    this.#child.kill(signal);
    return this.exitCode();
  }
}
