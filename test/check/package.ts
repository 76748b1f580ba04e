import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { findUnneeded } from "./prune.js";
import { root, runTool } from "./tool.js";

/** What a user of the package gets to see; everything else is ours. */
const EXPECTED = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.*\.(js|d\.ts|json))$/;
const NOT_FOR_USERS = /^dist\/api\/openapi\/|\.test\.|(^|\/)test\//;
const REQUIRED = ["README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts", "dist/cli.js"];

/** The tarball's size, the emulator's data with it. */
const MOST_BYTES = 400_000;

/** Packs the package as `npm publish` would and looks at the tarball as a user's tools would. */
export async function checkPackage(): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), "express-autogpt-pack-"));
  try {
    const { stdout } = await promisify(execFile)(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", directory],
      { cwd: root },
    );
    const { filename, size, files } = readPackReport(stdout);
    const tarball = join(directory, filename);
    return [
      ...checkFiles(files.map(({ path }) => path)),
      ...findUnneeded().map((file) => `${file}: no entry of the package leads to it`),
      ...checkSize(size, files),
      ...(await runPublint(tarball)),
      ...(await runTool("attw", [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color"])),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

interface PackReport {
  readonly filename: string;
  /** Of the tarball, in bytes. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

function readPackReport(stdout: string): PackReport {
  // npm's own format: one entry per package packed.
  const [report]: PackReport[] = JSON.parse(stdout);
  if (!report) throw new Error(`npm pack reported no package: ${stdout}`);
  return report;
}

/** Tells the largest files, so that it is seen where the bytes went. */
export function checkSize(size: number, files: PackReport["files"]): string[] {
  if (size < MOST_BYTES) return [];
  const largest = [...files].sort((a, b) => b.size - a.size).slice(0, 5);
  const names = largest.map((file) => `${file.path} (${file.size})`).join(", ");
  return [`the tarball has ${size} bytes, and should have less than ${MOST_BYTES}: ${names}`];
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
