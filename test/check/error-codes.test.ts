// The README's error tables have every code that can come, and none that cannot.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codesOfLibrary, codesOfPlatform } from "./error-codes.js";
import { root } from "./tool.js";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** A section's text, from its heading to the next one of the same level or above. */
function section(heading: string): string {
  const level = heading.indexOf(" ");
  const [, rest = ""] = readme.split(`\n${heading}\n`);
  return rest.split(new RegExp(`\n#{2,${level}} `))[0] ?? "";
}

/** The codes in one column of a section's tables. */
function codesInColumn(text: string, column: number): string[] {
  const cells = text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split(/(?<!\\)\|/)[column + 1] ?? "");
  return [...new Set(cells.flatMap((cell) => cell.match(/(?<=`)\w+(?=`)/g) ?? []))].sort();
}

const { errors, all } = codesOfLibrary();
const answers = section("### Answers of the External API");

test("the source is read: types, values and warnings", () => {
  const some = ["access_denied", "api_error", "grant_lost", "insufficient_scope", "platform_fault"];
  expect(errors).toEqual(expect.arrayContaining([...some, "setup_incomplete", "sign_in_required"]));
  expect(all).toEqual(
    expect.arrayContaining([...errors, "AUTOGPT_LISTENER", "grant_unreadable", "unexpected"]),
  );
  expect(codesOfPlatform()).toEqual(
    expect.arrayContaining(["not_found", "request_failed", "internal_error"]),
  );
});

test("Errors names each error's code", () => {
  const classes = section("## Errors").split("\n### ")[0] ?? "";
  expect(codesInColumn(classes, 2)).toEqual(["code", ...errors].sort());
});

test("Troubleshooting says of each code what it looks like, why, and what to do", () => {
  const own = section("## Troubleshooting").replace(answers, "").split("### Without a code")[0] ?? "";
  expect(codesInColumn(own, 0)).toEqual(all);
});

test("Troubleshooting says of each code of the External API why, and what to do", () => {
  expect(codesInColumn(answers, 0)).toEqual(codesOfPlatform());
});

test("every row is complete", () => {
  const rows = section("## Troubleshooting")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  expect(rows.length).toBeGreaterThan(all.length);
  for (const row of rows) {
    const [first, ...others] = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    expect([others.length > 0, others.every((cell) => cell !== ""), row]).toEqual([true, true, row]);
    expect(first).toBeDefined();
  }
});
