import { messageOf } from "../command-line.js";

/** What a check found out: `failed` keeps the app from working, `warning` wants a look. */
export interface Verdict {
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** A verdict under the name of its check, which scripts may rely on. */
export interface Finding extends Verdict {
  readonly name: string;
}

export const ok = (message: string): Verdict => ({ status: "ok", message });
export const warning = (message: string, fix: string): Verdict => ({ status: "warning", message, fix });
export const failed = (message: string, fix: string): Verdict => ({ status: "failed", message, fix });
export const skipped = (message: string): Verdict => ({ status: "skipped", message });

/** Ends a check from within, as a failure with its fix. */
export class CheckFailed extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Runs a check and puts its name on what it says, also when it ends early or breaks. */
export async function examine(name: string, check: () => Verdict | Promise<Verdict>): Promise<Finding> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    const fix =
      error instanceof CheckFailed
        ? error.fix
        : "Look at your options; if they are right, please report this as a fault of the doctor.";
    return { name, ...failed(messageOf(error), fix) };
  }
}
