// `npm run check`: everything that must hold beside the tests, one line per check.
import { checkDeclarations } from "./declarations.js";
import { checkDocComments, checkReadme } from "./documents.js";
import { checkNode10 } from "./node10.js";
import { checkPackage } from "./package.js";
import { type Check, runTool } from "./tool.js";
import { checkTypes } from "./types.js";

const checks: Readonly<Record<string, Check>> = {
  "types of src, test and examples": () => runTool("tsc", ["-p", "."]),
  "type tests with TypeScript 5.9": () => checkTypes("typescript"),
  "type tests with TypeScript 7": () => checkTypes("typescript7"),
  "lint and format": () =>
    runTool("biome", ["ci", ".", "--error-on-warnings", "--diagnostic-level=warn", "--colors=off"]),
  "generated files are fresh": () => runTool("tsx", ["src/api/openapi/generate.ts", "--check"]),
  "README code compiles": checkReadme,
  "doc comment examples compile": checkDocComments,
  "every export has a docstring": () =>
    runTool("typedoc", ["--options", ".typedoc.mjs", "--emit", "none", "--treatWarningsAsErrors"]),
  "declarations without skipLibCheck": checkDeclarations,
  "types for module commonjs": checkNode10,
  "packed package": checkPackage,
};

for (const [name, check] of Object.entries(checks)) {
  const start = performance.now();
  const findings = await check().catch((error: unknown) => [String(error)]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${findings.length ? "failed" : "ok    "} ${name} (${seconds} s)`);
  if (findings.length) {
    process.exitCode = 1;
    console.log(findings.join("\n").replaceAll(/^/gm, "       "));
  }
}
