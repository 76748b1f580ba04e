import { randomBytes } from "node:crypto";
import { cp, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { Browser } from "../harness/browser.js";
import { EVE, MALLORY, startPlatform } from "./platform.js";
import { runAndStop, startProgram, takePort } from "./processes.js";

const PROGRAM = fileURLToPath(new URL("apps/esm/two-applications.mjs", import.meta.url));

/** One app with two applications of the platform; one person signs in to both, as two users. */
export function tryTwoApplications(node: string, app: string): Promise<void> {
  return runAndStop((onEnd) => signInTwice(node, app, onEnd));
}

async function signInTwice(node: string, app: string, onEnd: (stop: () => Promise<unknown>) => void) {
  const folder = await mkdtemp(join(app, "app-"));
  const program = join(folder, "app.mjs");
  await cp(PROGRAM, program);
  const port = await takePort();
  const [readers, guests] = [`http://localhost:${port}/readers`, `http://localhost:${port}/guests`];
  const callbacks = [`${readers}/auth/callback`, `${guests}/auth/callback`];
  const platform = await startPlatform({ node, app, folder }, callbacks);
  onEnd(platform.program.stop);
  const [first = {}, second = {}] = platform.environments;
  const {
    AUTOGPT_CLIENT_ID: FIRST_CLIENT_ID = "",
    AUTOGPT_CLIENT_SECRET: FIRST_CLIENT_SECRET = "",
    ...shared
  } = first;
  const { AUTOGPT_CLIENT_ID: SECOND_CLIENT_ID = "", AUTOGPT_CLIENT_SECRET: SECOND_CLIENT_SECRET = "" } =
    second;
  const own = { FIRST_CLIENT_ID, FIRST_CLIENT_SECRET, SECOND_CLIENT_ID, SECOND_CLIENT_SECRET };
  const running = await startProgram(node, [program], {
    cwd: folder,
    env: { ...shared, ...own, PORT: String(port), SESSION_SECRET: randomBytes(32).toString("base64") },
    isReady: (output) => output.includes("listens"),
  });
  onEnd(running.stop);

  const browser = new Browser();
  const signIn = async (at: string, userId: string) =>
    browser.open(await browser.consent(platform, `${at}/auth/login`, { userId }));
  const statuses = async () => [
    (await browser.fetch(`${readers}/blocks`)).status,
    (await browser.fetch(`${guests}/blocks`)).status,
  ];
  expect(await statuses()).toEqual([401, 401]);
  // Each application's own sign-in, for people as for programs.
  const sent = await browser.open(`${guests}/me`);
  expect(sent.headers.get("location")).toBe("/guests/auth/login?returnTo=%2Fguests%2Fme");
  await signIn(readers, EVE.id);
  expect(await statuses()).toEqual([200, 401]);
  await signIn(guests, MALLORY.id);
  // The readers' application was granted READ_BLOCK, the guests' was not.
  expect(await statuses()).toEqual([200, 403]);
  expect(await browser.json(`${readers}/blocks`)).toBe(EVE.email);
  expect(await browser.json(`${readers}/whoami`)).toEqual(EVE);
  expect(await browser.json(`${guests}/whoami`)).toEqual(MALLORY);

  expect((await browser.post(`${readers}/auth/logout`)).status).toBe(303);
  expect(await browser.json(`${readers}/whoami`)).toBeNull();
  expect(await browser.json(`${guests}/whoami`)).toEqual(MALLORY);

  expect(await running.stop()).toBe(0);
  expect(running.errors()).toBe("");
}
