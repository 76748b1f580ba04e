// Tests of app.ts: `node --import tsx --test app.test.ts`. No network, no account, no browser.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Express } from "express";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { createApp } from "./app.js";

let emulator: Emulator;
let app: Express;

before(async () => {
  emulator = await startEmulator();
  app = createApp({
    clientId: emulator.application.client_id,
    clientSecret: emulator.application.client_secret,
    redirectUri: "http://localhost:3000/auth/callback", // nothing needs to listen there
    secret: "only for tests, 32 characters or more",
    platform: emulator,
  });
});
beforeEach(() => emulator.reset());
after(() => emulator.stop());

test("a user signs in and out", async () => {
  const agent = await emulator.signIn(app, { user: "grace@example.com" });
  assert.match(await (await agent.fetch("/me")).text(), /Grace Hopper/);
  await agent.fetch("/auth/logout", { method: "POST" });
  assert.equal((await agent.fetch("/me")).status, 401);
});

test("agents need a scope that is not asked for at sign-in", async () => {
  const agent = await emulator.signIn(app);
  const refused = await agent.fetch("/agents");
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /"missing":\["READ_LIBRARY"\]/);

  const granted = await emulator.signIn(app, { scopes: ["READ_LIBRARY"] });
  assert.match(await (await granted.fetch("/agents")).text(), /Summarize a text/);
});

test("an hour later the access token is refreshed, and nobody notices", async () => {
  const agent = await emulator.signIn(app, { scopes: ["READ_LIBRARY"] });
  emulator.advanceClock(3600);
  assert.equal((await agent.fetch("/agents")).status, 200);
});

test("the platform is down", async () => {
  const agent = await emulator.signIn(app, { scopes: ["READ_LIBRARY"] });
  emulator.addFault({ path: "/external-api/v2/library/agents", status: 503, times: 100 });
  assert.equal((await agent.fetch("/agents")).status, 503);
});
