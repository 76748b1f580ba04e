import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { root } from "./tool.js";

/** The files of dist/ that no entry of package.json leads to: declarations of what only our own code calls. */
export function findUnneeded(folder = root): string[] {
  const needed = new Set<string>();
  const visit = (file: string) => {
    if (needed.has(file)) return;
    needed.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(join(folder, file), "utf8"));
    for (const { fileName } of importedFiles.filter((imported) => imported.fileName.startsWith("."))) {
      const imported = join(dirname(file), fileName);
      visit(file.endsWith(".d.ts") ? imported.replace(/\.js$/, ".d.ts") : imported);
    }
  };
  for (const entry of readEntries(folder)) visit(entry);
  return readdirSync(join(folder, "dist"), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)))
    .filter((file) => !needed.has(file));
}

function readEntries(folder: string): string[] {
  // Of our own making.
  const { exports, bin }: { exports: Record<string, string | Record<string, string>>; bin: object } =
    JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return [...Object.values(exports), bin]
    .flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry)))
    .map((path) => join(path))
    .filter((path) => path.startsWith("dist/"));
}

// The last step of `npm run build`.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const file of findUnneeded()) rmSync(join(root, file));
}
