import { join, relative } from "node:path";
import ts from "typescript";
import { strictOptions } from "./compile.js";
import { root } from "./tool.js";

const ENTRIES = [
  "dist/index.d.ts",
  "dist/grants/redis.d.ts",
  "dist/grants/postgres.d.ts",
  "dist/grants/store-tests.d.ts",
  "dist/emulator/index.d.ts",
];

/**
 * Our declarations for users who set `skipLibCheck: false`: stripInternal can take a type away that another
 * declaration still names, and skipLibCheck would hide it from us.
 */
export async function checkDeclarations(): Promise<string[]> {
  const program = ts.createProgram({
    rootNames: ENTRIES.map((entry) => join(root, entry)),
    options: { ...strictOptions(), skipLibCheck: false },
  });
  const ours = program.getSourceFiles().filter((source) => source.fileName.startsWith(join(root, "dist/")));
  const missing = ENTRIES.filter((entry) => !program.getSourceFile(join(root, entry)));
  return [
    ...missing.map((entry) => `${entry} is missing`),
    ...ours
      .flatMap((source) => [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ])
      .map(
        ({ file, messageText }) =>
          `${relative(root, file?.fileName ?? "")}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      ),
  ];
}
