import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { root } from "../check/tool.js";
import type { Row } from "./rows.js";

const APPS = fileURLToPath(new URL("apps/", import.meta.url));
const COMPILERS = { "5.9": "typescript", "7": "typescript7" } as const;

const strict = {
  target: "es2022",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
};

/**
 * Writes a row's app into its folder, which lies below the folder that it was installed in, compiles it, and answers
 * the program to run. A bundle is put into `bare`, where there is no package to be found.
 */
export async function buildApp(row: Row, folder: string, bare: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (row.form === "esm" || row.form === "commonjs") {
    const end = row.form === "esm" ? "mjs" : "cjs";
    await copy(row.form, folder, {
      [`app.${end}`]: `app.${end}`,
      [`store-${row.store}.${end}`]: `store.${end}`,
    });
    return join(folder, `app.${end}`);
  }
  const store = row.store === "memory" ? "store.ts" : `store-${row.store}.ts`;
  await copy("typed", folder, { "app.ts": "app.ts", [store]: "store.ts" });
  return row.form === "nodenext" ? compile(row, folder) : bundle(row, folder, bare);
}

async function copy(from: string, folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, name] of Object.entries(files)) await cp(join(APPS, from, file), join(folder, name));
}

/** As Node runs it: modules with Express 5; with Express 4 CommonJS, as many an older app. */
async function compile(row: Row, folder: string): Promise<string> {
  const type = row.express === "5" ? "module" : "commonjs";
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type }));
  await runTsc(row, folder, { ...strict, module: "nodenext", outDir: "dist", rootDir: "." });
  return join(folder, "dist/app.js");
}

/** All in one file, the packages too. */
async function bundle(row: Row, folder: string, bare: string): Promise<string> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await runTsc(row, folder, { ...strict, module: "esnext", moduleResolution: "bundler", noEmit: true });
  const outfile = join(bare, "app.cjs");
  const { warnings } = await build({
    ...{ entryPoints: [join(folder, "app.ts")], outfile, logLevel: "silent" },
    ...{ bundle: true, platform: "node", format: "cjs", target: "node20" },
    external: ["pg-native"], // pg tries it and goes on without
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  return outfile;
}

/** Rejects with what the compiler found. */
async function runTsc({ typescript }: Row, folder: string, compilerOptions: object): Promise<void> {
  if (typescript === "none") throw new TypeError("only TypeScript apps are compiled");
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
  const tsc = join(root, "node_modules", COMPILERS[typescript], "bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout || String(error));
  });
}
