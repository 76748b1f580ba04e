import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root, runTool } from "./tool.js";

/** What a user of the package gets to see; everything else is ours. */
const EXPECTED = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.*\.(js|d\.ts|json))$/;
const NOT_FOR_USERS = /^dist\/api\/openapi\/|\.test\.|(^|\/)test\//;
const REQUIRED = ["README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts", "dist/cli.js"];

/** Packs the package as `npm publish` would and looks at the tarball as a user's tools would. */
export async function checkPackage(): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), "express-autogpt-pack-"));
  try {
    const { stdout } = await promisify(execFile)(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", directory],
      { cwd: root },
    );
    const { filename, files } = readPackReport(stdout);
    const tarball = join(directory, filename);
    return [
      ...checkFiles(files),
      ...(await runPublint(tarball)),
      ...(await runTool("attw", [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color"])),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

function readPackReport(stdout: string): { filename: string; files: string[] } {
  // npm's own format: one entry per package packed.
  const [report]: { filename: string; files: { path: string }[] }[] = JSON.parse(stdout);
  if (!report) throw new Error(`npm pack reported no package: ${stdout}`);
  return { filename: report.filename, files: report.files.map((file) => file.path) };
}

export function checkFiles(files: readonly string[]): string[] {
  return [
    ...REQUIRED.filter((file) => !files.includes(file)).map((file) => `${file} is not in the package`),
    ...files
      .filter((file) => !EXPECTED.test(file) || NOT_FOR_USERS.test(file))
      .map((file) => `${file} does not belong in the package`),
  ];
}

async function runPublint(path: string): Promise<string[]> {
  const { buffer } = new Uint8Array(await readFile(path));
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, level: "suggestion" });
  return messages.map(
    (message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
}
