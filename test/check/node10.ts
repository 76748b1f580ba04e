import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./tool.js";

/**
 * Our types for programs with `"module": "commonjs"`, whose resolution knows no `exports` and no package's own
 * name: so it is compiled in a folder of its own, with the checkout as installed package.
 */
export async function checkNode10(): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), "express-autogpt-node10-"));
  try {
    const modules = join(directory, "node_modules");
    await mkdir(modules);
    await symlink(root, join(modules, "express-autogpt"));
    await symlink(join(root, "node_modules/@types"), join(modules, "@types"));
    await symlink(join(root, "test/types/commonjs.ts"), join(directory, "commonjs.ts"));
    return compile(join(directory, "commonjs.ts"));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function compile(file: string): string[] {
  const program = ts.createProgram({
    rootNames: [file],
    options: {
      module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    },
  });
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start = 0, messageText }) => {
    const line = source ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `test/types/commonjs.ts:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
