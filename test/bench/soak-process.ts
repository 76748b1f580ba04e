import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Holding, SoakMessage, SoakSettings } from "./soak-app.js";

const PROGRAM = fileURLToPath(new URL("soak-app.ts", import.meta.url));

/** A process of its own that runs soak-app.ts and collects garbage when it is asked what it holds. */
export class SoakProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  port = 0;

  private constructor(settings: SoakSettings) {
    this.#child = fork(PROGRAM, {
      execArgv: ["--expose-gc", "--import", "tsx", "--no-deprecation"], // v1 has no limit of calls per minute
      env: { PATH: process.env.PATH, HOME: process.env.HOME, SOAK_SETTINGS: JSON.stringify(settings) },
    });
    this.#exit = once(this.#child, "exit");
  }

  /** Resolves when it listens. */
  static async start(settings: SoakSettings): Promise<SoakProcess> {
    const process = new SoakProcess(settings);
    process.port = (await process.#hear("listening")).port;
    return process;
  }

  async look(): Promise<Holding> {
    const told = this.#hear("holding");
    this.#child.send("look");
    return (await told).holding;
  }

  /** Ends it as a deploy does: the exit code, and what `autogpt.close()` resolved to. */
  async end(): Promise<{ code: unknown; closed: boolean }> {
    const told = this.#hear("closed");
    this.#child.kill("SIGTERM");
    const { done } = await told;
    const [code] = await this.#exit;
    return { code, closed: done };
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #hear<Type extends SoakMessage["type"]>(type: Type): Promise<Extract<SoakMessage, { type: Type }>> {
    const gone = this.#exit.then(([code]) => {
      throw new Error(`a process of the soak ended with ${code}`);
    });
    gone.catch(() => {});
    for (;;) {
      // Safe: soak-app.ts sends nothing else.
      const [message] = (await Promise.race([once(this.#child, "message"), gone])) as [SoakMessage];
      if (isOf(message, type)) return message;
    }
  }
}

function isOf<Type extends SoakMessage["type"]>(
  message: SoakMessage,
  type: Type,
): message is Extract<SoakMessage, { type: Type }> {
  return message.type === type;
}
