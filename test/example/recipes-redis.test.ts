// The recipes on Redis: several processes that share sessions and grants.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Emulator, exampleApplication, startEmulator } from "express-autogpt/emulator";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { needs } from "../harness/needs.js";
import { startNginx } from "../harness/nginx.js";
import { freePort, runRecipe, startRecipe } from "./recipe.js";

const describeWithRedis = await needs("Redis", "the recipes on Redis");
const describeWithNginx = await needs("nginx", "the recipe behind nginx");

const ADA = { id: randomUUID(), email: "ada@example.com", name: "Ada", timezone: "not-set" };
const DAY = 24 * 3600;
let emulator: Emulator;
let redis: Redis;
beforeAll(async () => {
  // An application and a user of this run's own, so that nothing of another one is found in the shared Redis.
  const client_id = `agpt_client_recipes_${randomUUID()}`;
  emulator = await startEmulator({ users: [ADA], applications: [{ ...exampleApplication, client_id }] });
  redis = new Redis();
});
beforeEach(() => emulator.reset());
afterEach(async () => void (await redis.srem("app:users", ADA.id)));
afterAll(async () => void (await Promise.all([redis.quit(), emulator.stop()])));

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

  describeWithNginx("behind nginx", () => {
    test("each process answers, finishes the other's sign-ins, and can be replaced", async () => {
      const [port, first, second] = await Promise.all([freePort(), freePort(), freePort()]);
      const file = new URL("../../examples/recipes/behind-nginx/nginx.conf", import.meta.url);
      const conf = ["127.0.0.1:3000", "127.0.0.1:4001", "127.0.0.1:4002"].reduce(
        (text, address, at) => {
          expect(text).toContain(`${address};`);
          return text.replace(address, `127.0.0.1:${[port, first, second][at]}`);
        },
        readFileSync(fileURLToPath(file), "utf8"),
      );
      const nginx = await startNginx(conf, port);
      const publicUrl = `http://localhost:${port}`;
      const start = (own: number) =>
        startRecipe("behind-nginx/web.ts", emulator, { publicUrl, env: { PORT: String(own) } });
      const [one, two] = await Promise.all([start(first), start(second)]);

      const browser = new Browser();
      const whereAmI = async () => {
        const answer = await browser.open(publicUrl);
        return [answer.status, await answer.json()];
      };
      const at = (own: number) => [200, { user: ADA.email, port: String(own) }];

      // nginx takes turns: a request between login and callback decides who gets the callback.
      const logins = [0, 1, 1].map((between) => ({ between, browser: new Browser() }));
      for (const { between, browser: other } of [...logins, { between: 0, browser }]) {
        const login = await other.open(`${publicUrl}/auth/login`);
        for (let i = 0; i < between; i += 1) await new Browser().open(`${publicUrl}/auth/session`);
        const callback = await other.open(await emulator.consent(locationOf(login)));
        expect([callback.status, locationOf(callback)]).toEqual([302, "/"]);
        expect((await other.open(publicUrl)).status).toBe(200);
      }
      const answering = (path: string) =>
        new Set(
          nginx
            .passed()
            .filter((p) => p.path === path)
            .map(({ to }) => to),
        );
      const both = new Set([`127.0.0.1:${first}`, `127.0.0.1:${second}`]);
      expect(answering("/auth/login")).toEqual(both);
      expect(answering("/auth/callback")).toEqual(both);
      const answers = [await whereAmI(), await whereAmI()];
      expect(answers).toEqual(expect.arrayContaining([at(first), at(second)]));

      expect(await one.program.stop()).toBe(0); // as a deploy does
      for (let i = 0; i < 3; i += 1) expect(await whereAmI()).toEqual(at(second));
      expect(await browser.json(`${publicUrl}/blocks`)).toEqual(expect.arrayContaining([expect.any(String)]));
      await start(first);
      expect(await two.program.stop()).toBe(0);
      expect(await whereAmI()).toEqual(at(first));
    });
  });
});
