import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The checkout, with a slash at its end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Far above the longest honest output (a lint finding in every file); execFile's own limit is 1 MiB. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A check answers what it found wrong, and nothing when all is well. */
export type Check = () => Promise<string[]>;

/** Runs a program of node_modules/.bin in the checkout; answers its output if it failed. */
export function runTool(name: string, args: readonly string[]): Promise<string[]> {
  return run(join(root, "node_modules/.bin", name), args);
}

/** Runs a file below node_modules with this Node; answers its output if it failed. */
export function runScript(path: string, args: readonly string[]): Promise<string[]> {
  return run(process.execPath, [join(root, "node_modules", path), ...args]);
}

async function run(file: string, args: readonly string[]): Promise<string[]> {
  try {
    await promisify(execFile)(file, args, { cwd: root, maxBuffer: MAX_OUTPUT_BYTES });
    return [];
  } catch (error) {
    return [outputOf(error) || `${file} could not be run: ${error}`];
  }
}

function outputOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { stdout = "", stderr = "" } = error as { stdout?: unknown; stderr?: unknown }; // both may be missing
  return `${stdout}${stderr}`.trim();
}
