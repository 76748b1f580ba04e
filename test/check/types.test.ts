import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { operations } from "../../dist/api/operations.js";
import { strictOptions } from "./compile.js";
import { root } from "./tool.js";
import { everyOperation } from "./types.js";

/** What an editor strikes through: "'x' is deprecated" and "the signature '...' is deprecated". */
const DEPRECATED = [6385, 6387];

test("an editor strikes calls of v1 through, and none of v2", { timeout: 60_000 }, () => {
  const file = join(root, "test/types/editor.ts");
  const text = `import type { ApiClient } from "express-autogpt";
declare const api: ApiClient;
void api.GET("/v1/me");
void api.GET("/v2/me");
void api.POST("/v1/blocks/{block_id}/execute", { params: { path: { block_id: "b" } }, body: {} });
void api.POST("/v2/library/folders", { body: { name: "x" } });
`;
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: strictOptions,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
  });
  expect(service.getSemanticDiagnostics(file)).toEqual([]);
  const lines = service
    .getSuggestionDiagnostics(file)
    .filter(({ code }) => DEPRECATED.includes(code))
    .map(({ start }) => text.slice(0, start).split("\n").length);
  expect(lines).toEqual([3, 5]);
});

test("the generated type test has every operation, and each of its scopes once without it", () => {
  const text = everyOperation();
  const scopes = Object.values(operations).flatMap((operation) => operation.scopes);
  expect(text.match(/^declare const api\d+: /gm)).toHaveLength(84);
  expect(text.match(/^\/\/ @ts-expect-error/gm)).toHaveLength(scopes.length);
});
