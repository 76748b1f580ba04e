import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOfMarkdown, blocksOfSource } from "./code-blocks.js";
import { compileBlocks } from "./compile.js";
import { root } from "./tool.js";

/** Issue 2: the first thing a reader copies stays readable at one glance. */
const QUICK_START_MAX_LINES = 25;

export async function checkReadme(): Promise<string[]> {
  const path = join(root, "README.md");
  if (!existsSync(path)) return ["README.md is missing"];
  const { blocks, findings } = blocksOfMarkdown("README.md", readFileSync(path, "utf8"));
  const [quickStart] = blocks;
  if (!quickStart) return [...findings, "README.md has no ```ts block; the quick start is the first one"];
  if (quickStart.lineCount > QUICK_START_MAX_LINES) {
    findings.push(
      `README.md:${quickStart.line}: the quick start has ${quickStart.lineCount} lines, at most ${QUICK_START_MAX_LINES}`,
    );
  }
  return [...findings, ...compileBlocks("readme", blocks)];
}

export async function checkDocComments(): Promise<string[]> {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== join("api", "schema.ts"))
    .sort();
  const found = files.map((file) =>
    blocksOfSource(join("src", file), readFileSync(join(root, "src", file), "utf8")),
  );
  const blocks = found.flatMap((f) => f.blocks);
  return [...found.flatMap((f) => f.findings), ...compileBlocks("doc", blocks)];
}
