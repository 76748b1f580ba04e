import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { failed, ok, type Verdict, warning } from "./finding.js";

interface Requirements {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<"express" | "express-session", string>>;
}

// Our own package.json: the ranges stand there and nowhere else.
const requirements: Requirements = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

export function checkNode(version: string): Verdict {
  const { node } = requirements.engines;
  if (fits(version, node)) return ok(version);
  return failed(`Node.js ${version} is too old: it must be ${node}.`, "Install a newer Node.js.");
}

/** The version that the app gets, found from the folder that the command runs in. */
export function checkPeer(name: "express" | "express-session", folder: string): Verdict {
  const range = requirements.peerDependencies[name];
  const fix = `Run: npm install ${name}`;
  let version: unknown;
  try {
    ({ version } = createRequire(`${folder}/`)(`${name}/package.json`));
  } catch (error) {
    if (Object(error).code === "MODULE_NOT_FOUND") {
      return failed(`${name} is not installed in ${folder}.`, fix);
    }
    return warning(`${name} does not say its version.`, `It must be ${range}.`);
  }
  if (fits(String(version), range)) return ok(String(version));
  return failed(`${name} ${version} does not fit: it must be ${range}.`, fix);
}

/** As much of npm's ranges as our package.json uses: `>=1.2`, `^1.2.3`, several with `||`. A pre-release fits none. */
function fits(version: string, range: string): boolean {
  const [, major = 0, minor = 0, patch = 0] = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.map(Number) ?? [];
  return range.split("||").some((part) => {
    const [, sign = "", ...least] = /^\s*(\^|>=)(\d+)\.(\d+)(?:\.(\d+))?\s*$/.exec(part) ?? [];
    const [leastMajor = 0, leastMinor = 0, leastPatch = 0] = least.map((digits) => Number(digits ?? 0));
    if (sign === "^" && major !== leastMajor) return false;
    return sign !== "" && (major - leastMajor || minor - leastMinor || patch - leastPatch) >= 0;
  });
}
