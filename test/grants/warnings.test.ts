import { memoryGrants } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { newUser } from "../harness/fleet.js";
import { anotherProcess } from "../harness/grants.js";

/** More than the listeners that Node takes for a leak. */
const MANY = 12;

let emulator: Emulator;
const warnings: string[] = [];
const note = ({ name }: Error) => void warnings.push(name);

beforeAll(async () => {
  emulator = await startEmulator({ users: Array.from({ length: MANY }, (_, at) => newUser(at)) });
  process.on("warning", note);
});
afterAll(async () => {
  process.off("warning", note);
  await emulator.stop();
});
beforeEach(() => {
  emulator.reset();
  warnings.length = 0;
});

async function everybodySignsIn(app: TestApp): Promise<Browser[]> {
  const browsers = emulator.users.map(() => new Browser());
  for (const [at, { id }] of emulator.users.entries()) {
    await browsers[at]?.signIn(emulator, app.url, { userId: id });
  }
  return browsers;
}

it("many people who grant more within a minute make no warning", async () => {
  const app = await startApp(emulator, {
    routes: (express, autogpt) =>
      void express.get("/runs", autogpt.requireScopes("READ_RUN"), (_req, res) => void res.end()),
  });
  const browsers = await everybodySignsIn(app);
  for (const [at, { id: userId }] of emulator.users.entries()) {
    const page = `${app.url}/runs`;
    const asked = await browsers[at]?.open(page);
    if (!asked) throw new Error("everybody has a browser");
    const callback = await browsers[at]?.consent(emulator, new URL(locationOf(asked), page).href, { userId });
    expect((await browsers[at]?.open(callback ?? ""))?.status).toBe(302);
  }
  await app.autogpt.close();
  await app.stop();
  expect(warnings).not.toContain("MaxListenersExceededWarning");
});

it("many won pairs that the store does not take yet make no warning", async () => {
  const memory = memoryGrants();
  const app = await startApp(emulator, { options: { grants: memory } });
  await everybodySignsIn(app);
  const begun = new Set<string>();
  let isAway = true;
  const job = anotherProcess(emulator, {
    ...memory,
    // Each grant's first write says that a refresh begins; the second one brings its tokens.
    async swap(grant, expected) {
      if (isAway && begun.has(grant.key.id)) throw new Error("the store is away");
      begun.add(grant.key.id);
      return memory.swap(grant, expected);
    },
  });
  const waiting = new Set<string | undefined>();
  job.events.on("fault", ({ grantId }) => void waiting.add(grantId));
  emulator.advanceClock(3601);
  const calls = emulator.users.map(async ({ id }) =>
    (await job.grantFor(id, "READ_BLOCK")).api.GET("/v1/blocks"),
  );
  await expect.poll(() => waiting.size, { timeout: 9000 }).toBe(MANY);
  isAway = false;
  for (const { response } of await Promise.all(calls)) expect(response.status).toBe(200);
  await app.autogpt.close();
  await app.stop();
  expect(warnings).not.toContain("MaxListenersExceededWarning");
});
