import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const FOLDER = fileURLToPath(new URL("servers/", import.meta.url));

/** Says which lock file node_modules was installed from. */
const INSTALLED = `${FOLDER}node_modules/.installed-from`;

/** Installs the peers into servers/, exactly as package-lock.json says, unless that was done before. */
export async function installPeers(): Promise<void> {
  const lock = createHash("sha256")
    .update(readFileSync(`${FOLDER}package-lock.json`))
    .digest("hex");
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, "utf8") === lock) return;
  await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: FOLDER });
  writeFileSync(INSTALLED, lock);
}

/** The versions that are measured, of the packages that package.json names. */
export function readVersions(): Record<string, string> {
  // Safe: our own file, in which npm keeps this member as names and versions.
  return JSON.parse(readFileSync(`${FOLDER}package.json`, "utf8")).dependencies as Record<string, string>;
}
