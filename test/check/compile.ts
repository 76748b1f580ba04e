import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { CodeBlock } from "./code-blocks.js";
import { root } from "./tool.js";

/** Below the checkout, so that `express-autogpt` means this package, built. Not committed. */
const GENERATED = join(root, "test/check/generated");

/**
 * Type-checks each block alone with the strict options of the checkout; the findings name the file and the
 * line where the block stands. The blocks are left in test/check/generated as `NAME-N.ts`.
 */
export function compileBlocks(name: string, blocks: readonly CodeBlock[]): string[] {
  mkdirSync(GENERATED, { recursive: true });
  for (const old of readdirSync(GENERATED)) {
    if (old.startsWith(`${name}-`)) rmSync(join(GENERATED, old));
  }
  let program: ts.Program | undefined;
  return blocks.flatMap((block, index) => {
    const path = join(GENERATED, `${name}-${index + 1}.ts`);
    writeFileSync(path, block.code);
    // A program of its own, so that no block lives on another one's `declare global`.
    program = ts.createProgram({
      rootNames: [path],
      // Text shows a value without using it.
      options: { ...strictOptions(), noUnusedLocals: false, noUnusedParameters: false },
      ...(program && { oldProgram: program }), // keeps what was parsed
    });
    const source = program.getSourceFile(path);
    return ts.getPreEmitDiagnostics(program, source).map((diagnostic) => describe(block, diagnostic));
  });
}

function describe(block: CodeBlock, { file, start, messageText }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : block.line;
  return `${block.file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

/** The compiler options of the checkout. */
export function strictOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
}
