// The README's table of recipes has all of them, and each is as short as it says.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = "examples/recipes";
const linesOf = (file: string) =>
  readFileSync(join(ROOT, FOLDER, file), "utf8")
    .trimEnd()
    .split("\n").length;
const files = readdirSync(join(ROOT, FOLDER), { recursive: true, encoding: "utf8" }).filter((file) =>
  statSync(join(ROOT, FOLDER, file)).isFile(),
);

test("the README says of each recipe when to open it", () => {
  const [, rest = ""] = readFileSync(join(ROOT, "README.md"), "utf8").split("\n## Recipes\n");
  const [text = ""] = rest.split("\n## ");
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && line.includes(`](${FOLDER}/`));
  const linked = rows.map((row) => /\]\(examples\/recipes\/([^)]+)\)/.exec(row)?.[1]);
  const recipes = readdirSync(join(ROOT, FOLDER)).filter((name) => name !== "emulator.env");
  expect(linked.sort()).toEqual(recipes.sort());
});

test.each(files)("%s has fewer than 60 lines", (file) => {
  expect(linesOf(file)).toBeLessThan(60);
});
