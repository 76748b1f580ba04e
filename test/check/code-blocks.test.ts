import { expect, test } from "vitest";
import { blocksOfMarkdown, blocksOfSource } from "./code-blocks.js";
import { compileBlocks } from "./compile.js";
import { checkFiles } from "./package.js";

const markdown = (text: string) => blocksOfMarkdown("README.md", text.replaceAll("'''", "```"));
const source = (text: string) => blocksOfSource("src/a.ts", text.replaceAll("'''", "```"));

test("takes the ts blocks and leaves the others", () => {
  const { blocks, findings } = markdown(
    "# x\n'''sh\nnpm ci\n'''\n'''ts\nlet a = 1;\nlet b;\n'''\n'''typescript\nx\n'''",
  );
  expect(findings).toEqual([]);
  expect(blocks).toEqual([
    { file: "README.md", line: 5, lineCount: 2, code: "\n\n\n\n\nlet a = 1;\nlet b;\n" },
    { file: "README.md", line: 9, lineCount: 1, code: `${"\n".repeat(9)}x\n` },
  ]);
});

test("a fence inside another language's block is text", () => {
  expect(markdown("'''md\n  '''ts\n'''\n'''ts\na\n'''").blocks.map((b) => b.line)).toEqual([4]);
});

test("a prelude belongs to the next block only and keeps its lines", () => {
  const { blocks } = markdown(
    "<!-- prelude: declare const a: 1;\ndeclare const b: 2; -->\n\n'''ts\na;\n'''\n'''ts\nb;\n'''",
  );
  expect(blocks[0]?.code.split("\n").map((line) => line.trim())).toEqual([
    "declare const a: 1;",
    "declare const b: 2;",
    "",
    "",
    "a;",
    "",
  ]);
  expect(blocks[1]?.code.trim()).toBe("b;");
});

test("no block can be left out", () => {
  expect(markdown("'''ts no-check\na\n'''").findings).toEqual([
    "README.md:1: write ```ts alone, every block is compiled",
  ]);
  expect(markdown("<!-- prelude: x").findings).toEqual(["README.md:1: prelude without -->"]);
});

test("an @example in a doc comment must have a block", () => {
  const { blocks, findings } = source(
    "/**\n * One.\n *\n * @example\n * '''ts\n * const a = 2 * 3;\n * '''\n */\nexport {};\n/**\n * @example f()\n */\n",
  );
  expect(blocks).toEqual([{ file: "src/a.ts", line: 5, lineCount: 1, code: "\n\n\n\n\nconst a = 2 * 3;\n" }]);
  expect(findings).toEqual(["src/a.ts:11: @example without a ```ts block"]);
});

test("each block is compiled alone, with strict options, and reported at its own line", {
  timeout: 60_000,
}, () => {
  const { blocks } = markdown(
    "'''ts\ndeclare global { var shared: string }\nexport {};\n'''\n" +
      "'''ts\nconst n: number = shared;\n'''\n" +
      "'''ts\nconst list = [1];\nlist[0].toFixed();\n'''\n" +
      "'''ts\nimport { createServer } from \"node:http\";\nawait Promise.resolve(createServer);\n'''",
  );
  expect(compileBlocks("selftest", blocks)).toEqual([
    "README.md:6: Cannot find name 'shared'.",
    "README.md:10: Object is possibly 'undefined'.",
  ]);
});

test("the package holds what users need and nothing of ours", () => {
  const good = [
    "package.json",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli.js",
  ];
  expect(checkFiles(good)).toEqual([]);
  expect(
    checkFiles([...good.slice(1), "dist/api/openapi/generate.js", "dist/a.js.map", "test/a.js"]),
  ).toEqual([
    "dist/api/openapi/generate.js does not belong in the package",
    "dist/a.js.map does not belong in the package",
    "test/a.js does not belong in the package",
  ]);
  expect(checkFiles(good.filter((file) => file !== "LICENSE"))).toEqual(["LICENSE is not in the package"]);
});
