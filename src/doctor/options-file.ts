import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { messageOf } from "../command-line.js";
import type { ConfigOptions } from "../config.js";
import { CheckFailed } from "./finding.js";

/** A file may wait for its store to connect, which drivers try without end; milliseconds. */
const PATIENCE = 10_000;

/**
 * The options that a module exports by default: the ones that the app gives to `signInWithAutoGPT()`.
 *
 * @throws {CheckFailed} saying why there are none.
 */
export async function loadOptions(file: string): Promise<ConfigOptions> {
  const late = wait(PATIENCE).then(() => {
    throw new Error(`it is not loaded after ${PATIENCE / 1000} seconds; is a store away that it waits for?`);
  });
  let loaded: { default?: unknown };
  try {
    loaded = await Promise.race([import(pathToFileURL(resolve(file)).href), late]);
  } catch (error) {
    throw new CheckFailed(
      `${file} cannot be loaded: ${messageOf(error).replace(/(?<![.?!])$/, ".")}`,
      fixOf(error),
    );
  }
  const options = loaded.default;
  if (typeof options !== "object" || options === null) {
    throw new CheckFailed(
      `${file} has no options as its default export.`,
      "Write: export default { redirectUri, scopes, ... }; and give the same to signInWithAutoGPT().",
    );
  }
  // Safe: checkConfig looks at each option before it is used.
  return options as ConfigOptions;
}

function fixOf(error: unknown): string {
  if (Object(error).code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return 'Node.js 22.18 or newer loads TypeScript; older ones do with NODE_OPTIONS="--import tsx".';
  }
  return "Mend the file, or what it needs.";
}
