import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./tool.js";

/** What is not the library: the platform's side, the command line, and generated types. */
const NOT_THE_LIBRARY = /^(emulator|doctor|cli)\b|^api\/(openapi\/|schema\.ts)/;

/**
 * The codes that the library can give, read from its source: every text that a member called `code` can have, as a
 * value or as a type, and the members of the types that are called `...Code`.
 */
export function codesOfLibrary(): { errors: string[]; all: string[] } {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const library = files.filter((file) => file.endsWith(".ts") && !NOT_THE_LIBRARY.test(file));
  const all = library.flatMap((file) => codesOf(join("src", file)));
  return { errors: unique(codesOf("src/errors.ts")), all: unique(all) };
}

/** The codes that the platform's v2 answers with, as the emulator has them. */
export function codesOfPlatform(): string[] {
  const source = parse("src/emulator/external-api/errors.ts");
  const names = ["CODES", "code"];
  return unique(
    textsIn(source, (node) => ts.isVariableDeclaration(node) && names.includes(node.name.getText())),
  );
}

function codesOf(file: string): string[] {
  const texts = textsIn(parse(file), (node) => {
    if (ts.isTypeAliasDeclaration(node)) return node.name.text.endsWith("Code");
    const isMember =
      ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node);
    return isMember && node.name.getText() === "code";
  });
  return texts.filter((text) => /^(?:[a-z]+(?:_[a-z]+)*|AUTOGPT_[A-Z0-9_]+)$/.test(text));
}

/** All string literals within the nodes that are chosen. */
function textsIn(source: ts.SourceFile, isChosen: (node: ts.Node) => boolean): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node, inside: boolean) => {
    const isInside = inside || isChosen(node);
    if (isInside && ts.isStringLiteral(node)) texts.push(node.text);
    ts.forEachChild(node, (child) => visit(child, isInside));
  };
  visit(source, false);
  return texts;
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort();
