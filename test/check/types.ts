import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operations } from "../../dist/api/operations.js";
import { root, runScript } from "./tool.js";

const GENERATED = join(root, "test/check/generated/types-operations.ts");

/**
 * Compiles the type tests with one TypeScript: `typescript` (5.9) or `typescript7`. Beside those written by hand
 * it is every operation, with its scopes, and with all scopes but one of its own, which must not compile.
 */
export async function checkTypes(compiler: "typescript" | "typescript7"): Promise<string[]> {
  mkdirSync(join(root, "test/check/generated"), { recursive: true });
  writeFileSync(GENERATED, everyOperation());
  return runScript(`${compiler}/bin/tsc`, ["-p", "test/types"]);
}

export function everyOperation(): string {
  const calls = Object.entries(operations).map(([key, { scopes }], i) => {
    const [method, path] = key.split(" ");
    const call = `.${method}("${path}", init);`;
    const granted = scopes.map((scope) => `"${scope}"`).join(" | ") || "never";
    const lacking = scopes.map(
      (scope, n) =>
        `declare const api${i}without${n}: ApiClient<Exclude<Scope, "${scope}">>;\n` +
        `// @ts-expect-error: ${scope}\nvoid api${i}without${n}${call}\n`,
    );
    return `declare const api${i}: ApiClient<${granted}>;\nvoid api${i}${call}\n${lacking.join("")}`;
  });
  return `import type { ApiClient, Scope } from "express-autogpt";\n\ndeclare const init: any;\n${calls.join("")}`;
}
