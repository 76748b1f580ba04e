// The recipes on Redis: a job and a nightly run, each in a process of its own.
import { randomUUID } from "node:crypto";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Browser } from "../harness/browser.js";
import { instanceOf } from "../harness/fleet.js";
import { needs } from "../harness/needs.js";
import { rowsOf, type StoreRows } from "../harness/store-rows.js";
import { newApplication, runRecipe, startRecipe } from "./recipe.js";

vi.setConfig({ testTimeout: 60_000 }); // several processes begin, on a machine that may be busy

const describeWithRedis = await needs("Redis", "the recipes on Redis");

const ADA = { id: randomUUID(), email: "ada@example.com", name: "Ada", timezone: "not-set" };
const DAY = 24 * 3600;
let emulator: Emulator;
let redis: Redis;
let rows: StoreRows;
beforeEach(async () => {
  emulator = await startEmulator({ users: [ADA], applications: [newApplication()] });
  redis = new Redis();
  rows = await rowsOf(
    { kind: "node-redis", table: "" },
    instanceOf(emulator.application.client_id, emulator),
  );
});
afterEach(async () => {
  await Promise.all([rows.drop(), redis.srem("app:users", ADA.id), emulator.stop()]);
  await redis.quit();
});

describeWithRedis("the recipes on Redis", () => {
  const linesOfAda = (output: string) => output.split("\n").filter((line) => line.startsWith(ADA.id));

  test("background job: a process of its own acts for who signed in in another one", async () => {
    const { url, program } = await startRecipe("background-job/web.ts", emulator);
    const browser = new Browser();
    expect((await browser.signIn(emulator, url)).status).toBe(302);
    expect(await (await browser.open(url)).text()).toContain(ADA.id);
    expect(await program.stop()).toBe(0); // the job needs no web process

    emulator.advanceClock(2 * 3600); // the access token has expired
    const job = runRecipe("background-job/job.ts", emulator);
    expect(await job.exitCode()).toBe(0);
    expect(linesOfAda(job.output)).toContain(`${ADA.id}: Summarize a text`);

    emulator.advanceClock(31 * DAY);
    const late = runRecipe("background-job/job.ts", emulator);
    expect(await late.exitCode()).toBe(0);
    expect(linesOfAda(late.output)).toEqual([`${ADA.id}: must sign in again`]);
  });

  test("nightly: what would expire within a week lasts another month", async () => {
    emulator.advanceClock(-25 * DAY); // the sign-in is 25 days old
    const { url } = await startRecipe("background-job/web.ts", emulator);
    expect((await new Browser().signIn(emulator, url)).status).toBe(302);
    emulator.advanceClock(25 * DAY);

    const first = runRecipe("renew-nightly.ts", emulator);
    expect(await first.exitCode()).toBe(0);
    expect(first.output).toContain("renewed 1, superseded 0, lost 0, failed 0");
    const second = runRecipe("renew-nightly.ts", emulator);
    expect(await second.exitCode()).toBe(0);
    expect(second.output).toContain("renewed 0, superseded 0, lost 0, failed 0");

    emulator.advanceClock(20 * DAY); // 45 days after the sign-in
    const job = runRecipe("background-job/job.ts", emulator);
    expect(await job.exitCode()).toBe(0);
    expect(linesOfAda(job.output)).toContain(`${ADA.id}: Summarize a text`);
  });

  test("nightly: cron is told when the platform was away", async () => {
    emulator.advanceClock(-25 * DAY);
    const { url } = await startRecipe("background-job/web.ts", emulator);
    expect((await new Browser().signIn(emulator, url)).status).toBe(302);
    emulator.advanceClock(25 * DAY);
    emulator.addFault({ path: "/api/oauth/token", status: 503, times: 10 });
    const night = runRecipe("renew-nightly.ts", emulator);
    expect(await night.exitCode()).toBe(1);
    expect(night.output).toMatch(/renewed 0, superseded 0, lost 0, failed [1-9]/);
  });
});
