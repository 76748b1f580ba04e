import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const TABLE = readFileSync(new URL("README.md", import.meta.url), "utf8");
const rows = TABLE.split("\n").filter(
  (line) => line.startsWith("| ") && !/^\| (?:---|Item|Class|What) /.test(line),
);

/** A name in quotes, or a file: in a folder, or one of the two that lie in test/ itself. */
const REFERENCE = /"([^"]+)"|((?:src\/)?[a-z]+\/[a-z0-9-]+(?:\.ts)?|(?:sign-in|config)(?= "))/g;

/** Files, each with the names that must stand in it: those up to the next file. */
function referencesOf(cell: string): { file: string; names: string[] }[] {
  const references: { file: string; names: string[] }[] = [];
  for (const [, name, file = ""] of cell.matchAll(REFERENCE)) {
    if (name === undefined) references.push({ file, names: [] });
    else references.at(-1)?.names.push(name);
  }
  return references;
}

function textOf(file: string): string {
  if (file.startsWith("src/")) return readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  return readFileSync(
    new URL(`../${file.endsWith(".ts") ? file : `${file}.test.ts`}`, import.meta.url),
    "utf8",
  );
}

it("has each row of the security list, and some more", () => {
  expect(rows.length).toBeGreaterThan(60);
});

it.each(rows.map((row) => row.split(/ ?\| ?/).slice(1, 3)))("%s", (_item, cell = "") => {
  const references = referencesOf(cell);
  for (const { file, names } of references) {
    const text = textOf(file); // throws where there is none
    for (const name of names) expect(text, file).toContain(name);
  }
  const isTested = references.some(({ names }) => names.length > 0);
  if (!isTested) expect(cell).toMatch(/^Cannot apply: /);
});
