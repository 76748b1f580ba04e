/** Runs around the whole suite, in vitest's own process, through which the output of all others goes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BY_SHAPE, Canary, type SecretKind } from "./canary.js";

/** What each test file leaves in the folder. */
interface Left {
  readonly file: string;
  readonly secrets: readonly (readonly [string, SecretKind])[];
}

export default function watchOutput(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "express-autogpt-canary-"));
  process.env.CANARY_FOLDER = folder;
  const output: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write;
    stream.write = (...args: unknown[]) => {
      output.push(String(args[0]));
      return Reflect.apply(write, stream, args);
    };
  }
  return function searchOutput() {
    const text = output.join("");
    const all = readdirSync(folder).map((name): Left => JSON.parse(readFileSync(join(folder, name), "utf8")));
    rmSync(folder, { recursive: true });
    const findings = [...all, { file: "any file", secrets: [] }].flatMap(({ file, secrets }) => {
      const canary = new Canary();
      for (const [secret, kind] of secrets) canary.note(kind, secret);
      canary.show("output", text);
      // What only looks like a token is told once, for it may be any file's.
      const found = canary.findings().filter(({ kind }) => (kind === BY_SHAPE) === (secrets.length === 0));
      return found.map((finding) => ({ file, ...finding }));
    });
    if (findings.length === 0) return;
    console.error("Secrets stand in the output of the tests:", JSON.stringify(findings, undefined, 2));
    process.exitCode = 1; // an error here would be told, and vitest would end well
  };
}
