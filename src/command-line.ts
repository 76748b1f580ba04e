/** Exit codes of every command: something is wrong; the command was called in a wrong way. */
export const FAILED = 1;
export const MISUSED = 2;

/** One command of `npx express-autogpt`. */
export type RunCommand = (args: string[]) => Promise<void>;

/** Ends the command with a message for people: no stack. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** The flags that `parse` reads; what it refuses is a misuse of the command. */
export function readFlags<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Failure(`${messageOf(error)}\nTry: express-autogpt --help`, MISUSED);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
