import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "express-autogpt-"));
let output = "";
let secrets: string[] = [];

beforeAll(async () => {
  const file = join(folder, "secrets.json");
  const story = fileURLToPath(new URL("story.ts", import.meta.url));
  output = await new Promise<string>((resolve, reject) => {
    const command = ["--import", "tsx", story, file];
    execFile(process.execPath, command, { maxBuffer: 1 << 28, timeout: 50_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`the story failed: ${stderr.slice(-2000)}`));
      else resolve(stdout + stderr);
    });
  });
  secrets = JSON.parse(readFileSync(file, "utf8"));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the secrets of a whole story", () => {
  it("went over the wire: client secret, codes, verifiers, both tokens, cookies", () => {
    expect(secrets).toEqual(expect.arrayContaining([expect.stringMatching(/^agpt_secret_/)]));
    expect(secrets).toEqual(expect.arrayContaining([expect.stringMatching(/^agpt_xt_/)]));
    expect(secrets).toEqual(expect.arrayContaining([expect.stringMatching(/^agpt_rt_/)]));
    expect(secrets).toEqual(expect.arrayContaining([expect.stringMatching(/^s(?::|%3A)/)])); // the session's cookie
    expect(secrets).toEqual(expect.arrayContaining([expect.stringMatching(/^eyJ.*\..*\./)])); // an attempt's
    expect(secrets.length).toBeGreaterThan(30);
  });

  it("are in nothing that the process wrote, an error held, a session, a body or a Location", () => {
    expect(output).toMatch(/the end: \d\d errors/);
    expect(output).toContain("ApplicationError");
    expect(output).toMatch(/'signOut' \[/);
    const found = secrets.filter((secret) => output.includes(secret));
    expect(
      found.map((secret) => [secret, output.slice(output.indexOf(secret) - 300, output.indexOf(secret))]),
    ).toEqual([]);
  });

  it("show no token by its shape either", () => {
    expect(output.match(/agpt_(?:xt|rt|secret)_\w+/g)).toBe(null);
  });
});
