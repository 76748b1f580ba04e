import { memoryGrants } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { anotherProcess, refreshes } from "../harness/grants.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

const USERS = Array.from({ length: 20 }, (_, at) => ({
  id: `0c000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
  email: `user-${at}@example.com`,
  name: `User ${at}`,
  timezone: "not-set",
}));

let emulator: Emulator;
let app: TestApp;
const grants = memoryGrants();
const browsers = new Map<string, Browser>();

expectNothingUnhandled();
beforeAll(async () => {
  emulator = await startEmulator({ users: USERS });
  app = await startApp(emulator, {
    options: { grants },
    routes(express) {
      express.get("/me", async (req, res) => {
        const { data } = await req.autogpt.api.GET("/v1/me");
        res.json({ user: req.autogpt.user.id, me: data?.id });
      });
    },
  });
  for (const { id } of USERS) {
    const browser = new Browser();
    await browser.signIn(emulator, app.url, { userId: id });
    browsers.set(id, browser);
  }
});
afterAll(async () => {
  await app.stop();
  await emulator.stop();
});

// CVE-2026-40155 and CVE-2025-67490 of nextjs-auth0: a refresh under way handed one user's token to another.
it("200 parallel requests of 20 users with a refresh in each carry their own user's token", async () => {
  emulator.clearRequests();
  emulator.advanceClock(3601);
  emulator.addFault({ path: "/api/oauth/token", delay_ms: 50, times: 20 });
  const job = anotherProcess(emulator, grants);
  const calls = USERS.flatMap(({ id }) =>
    Array.from({ length: 10 }, async (_, at) => {
      if (at % 2) return browsers.get(id)?.json(`${app.url}/me`);
      const { api, user } = await job.grantFor(id, "IDENTITY");
      return { user: user.id, me: (await api.GET("/v1/me")).data?.id };
    }),
  );
  const expected = USERS.flatMap(({ id }) => Array(10).fill({ user: id, me: id }));
  expect(await Promise.all(calls)).toEqual(expected);
  expect(refreshes(emulator)).toHaveLength(20);
});
