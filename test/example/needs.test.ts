import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a suite that needs a browser on a machine that has none. */
function runSuite(env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "needs-"));
  writeFileSync(
    join(folder, "suite.test.ts"),
    `import { test } from "vitest";
     import { needs } from ${JSON.stringify(join(ROOT, "test/harness/needs.ts"))};
     const describeIt = await needs("a browser", "browser tests");
     describeIt("suite", () => test("ran", () => {}));
     test("another", () => {});`,
  );
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const { CI: _, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--root", folder], {
    cwd: ROOT,
    env: { ...rest, NO_COLOR: "1", ...env },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

describe("needs()", () => {
  it("leaves the suite out with one line", () => {
    const { status, output } = runSuite({ CHROMIUM_PATH: "/nowhere" });
    expect(output.match(/left out/g)).toHaveLength(1);
    expect(output).toMatch(
      /^left out: browser tests \(no Chromium: apt-get install chromium, or set CHROMIUM_PATH\)$/m,
    );
    expect(output).toMatch(/Tests +1 passed \| 1 skipped/);
    expect(status).toBe(0);
  });

  it("fails with CI=true", () => {
    const { status, output } = runSuite({ CHROMIUM_PATH: "/nowhere", CI: "true" });
    expect(output).toContain("CI leaves nothing out, but left out: browser tests (no Chromium");
    expect(status).toBe(1);
  });

  it("runs the suite where everything is there", () => {
    const { status, output } = runSuite({ CHROMIUM_PATH: process.execPath, CI: "true" });
    expect(output).toMatch(/Tests +2 passed/);
    expect(status).toBe(0);
  });
});
