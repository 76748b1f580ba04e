import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { checkSize } from "./package.js";
import { findUnneeded } from "./prune.js";

it("finds what no entry leads to, declarations apart from programs", () => {
  const folder = mkdtempSync(join(tmpdir(), "express-autogpt-prune-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = {
    "package.json": JSON.stringify({
      exports: {
        ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
        "./package.json": "./package.json",
      },
      bin: { cli: "dist/cli.js" },
    }),
    "dist/index.js": 'export * from "./room/used.js"; export const late = () => import("./late.js");',
    "dist/index.d.ts": 'export type { Named } from "./named.js";',
    "dist/cli.js": '#!/usr/bin/env node\nimport "./index.js";\n// import "./stray.js" is no import',
    "dist/cli.d.ts": "export {};",
    "dist/room/used.js": 'import "../inner.js";',
    "dist/room/used.d.ts": "export declare const used: true;",
    "dist/inner.js": "",
    "dist/late.js": "",
    "dist/named.js": "export {};",
    "dist/named.d.ts": "export interface Named {}",
    "dist/stray.js": "",
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  expect(findUnneeded(folder).sort()).toEqual([
    "dist/cli.d.ts",
    "dist/named.js",
    "dist/room/used.d.ts",
    "dist/stray.js",
  ]);
});

it("says where the bytes of a large tarball are", () => {
  const files = [
    { path: "dist/small.js", size: 1 },
    { path: "dist/large.js", size: 2_000_000 },
  ];
  expect(checkSize(399_999, files)).toEqual([]);
  expect(checkSize(400_000, files)).toEqual([expect.stringContaining("400000: dist/large.js (2000000)")]);
});
