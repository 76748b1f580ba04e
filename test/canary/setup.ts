/** Runs in each test file's process, before and after its tests: no secret of theirs may have been shown. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, expect } from "vitest";
import { watchProcess } from "./watch.js";

const canary = watchProcess();

afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20)); // connections that just ended, errors just made
  const folder = process.env.CANARY_FOLDER;
  const file = relative(process.cwd(), expect.getState().testPath ?? "");
  // For output.ts, which sees what this process and its children write.
  if (folder) writeFileSync(join(folder, randomUUID()), JSON.stringify({ file, secrets: canary.secrets }));
  expect(canary.findings(), "secrets that were shown").toEqual([]);
});
