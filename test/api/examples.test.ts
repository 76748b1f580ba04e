import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeEach, expect, test } from "vitest";
import { startRecipe } from "../example/recipe.js";
import { Browser } from "../harness/browser.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ADA = { id: "0a000000-0000-4000-8000-000000000001", email: "ada@example.com", name: "Ada" };
const KEY = "agpt_key_of_the_example_test_000000000000000000";
const emulator = await startEmulator({
  users: [{ ...ADA, timezone: "not-set" }],
  api_keys: [{ key: KEY, user_id: ADA.id, scopes: ["READ_BLOCK"] }],
});
beforeEach(() => emulator.reset());
afterAll(() => emulator.stop());

/** What an example is started with; the machine's own AUTOGPT_... must not decide a test. */
const start = (name: string, env: Record<string, string>) =>
  [
    process.execPath,
    ["--import", "tsx", `examples/recipes/${name}.ts`],
    {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        AUTOGPT_WEB_URL: emulator.webUrl,
        AUTOGPT_BACKEND_URL: emulator.backendUrl,
        ...env,
      },
    },
  ] as const;
const run = promisify(execFile);

test("blocks are listed with an API key, by v2 and by v1", async () => {
  const { stdout, stderr } = await run(...start("api-key", { AUTOGPT_API_KEY: KEY }));
  const [, listed] = /^(\d+) blocks$/m.exec(stdout) ?? [];
  expect(Number(listed)).toBeGreaterThan(0);
  expect(stdout.match(/^v2 /gm)).toHaveLength(Number(listed));
  expect(stdout).toMatch(/^[1-9]\d* blocks of v1$/m);
  expect(stderr).toContain("AUTOGPT_V1");
  expect(stdout + stderr).not.toContain(KEY);
});

test("without the key it says what is missing; with a bad one, what the platform answered", async () => {
  const missing = await run(...start("api-key", {})).catch(Object);
  expect(missing.stderr).toContain("pass apiKey or accessToken, or set AUTOGPT_API_KEY");
  const bad = await run(...start("api-key", { AUTOGPT_API_KEY: "agpt_bad" })).catch(Object);
  expect(bad.stderr).toMatch(/ApiError: GET \/v2\/blocks was answered 401 unauthorized/);
  expect(bad.stderr).not.toContain("agpt_bad");
});

test("blocks are listed for the user who signed in", async () => {
  const { url, program } = await startRecipe("list-blocks-for-a-user.ts", emulator);
  const browser = new Browser();
  expect((await browser.open(`${url}/blocks`)).headers.get("location")).toMatch(/\/auth\/login/);
  const signedIn = await browser.signIn(emulator, url, { returnTo: "/blocks" });
  expect([signedIn.status, signedIn.headers.get("location")]).toEqual([302, "/blocks"]);
  const names = await browser.json(`${url}/blocks`);
  expect(names).toEqual(expect.arrayContaining([expect.any(String)]));
  expect(await browser.json(`${url}/v1/blocks`)).toEqual(expect.arrayContaining([expect.any(String)]));
  expect(await program.stop()).toBe(0);
});
