import diagnostics from "node:diagnostics_channel";
import { type AutoGPTEvents, memoryGrants } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { anotherProcess, FaultyStore } from "../harness/grants.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

const NAMES = [
  "signIn",
  "signOut",
  "refresh",
  "grantLost",
  "fault",
] as const satisfies (keyof AutoGPTEvents)[];

let emulator: Emulator;
let store: FaultyStore;
let app: TestApp;
let browser: Browser;
let userId: string;
/** What the channels told, of all processes together, in order. */
let published: [name: string, event: unknown][];

expectNothingUnhandled();
beforeAll(async () => {
  emulator = await startEmulator();
  userId = emulator.users[0]?.id ?? "";
  for (const name of NAMES) {
    diagnostics.subscribe(`express-autogpt:${name}`, (event) => published.push([name, event]));
  }
});
afterAll(() => emulator.stop());
beforeEach(async () => {
  emulator.reset();
  published = [];
  store = new FaultyStore(memoryGrants());
  app = await startApp(emulator, { options: { grants: store } });
  browser = new Browser();
});
afterEach(() => app.stop());

const names = () => published.map(([name]) => name);

describe("an event", () => {
  it("is told once per fact, whichever process it was, to listeners and on the channel alike", async () => {
    const processes = [app.autogpt, anotherProcess(emulator, store), anotherProcess(emulator, store)];
    const told: [string, unknown][] = [];
    for (const { events } of processes) {
      for (const name of NAMES) events.on(name, (event: unknown) => told.push([name, event]));
    }
    await browser.signIn(emulator, app.url);
    emulator.advanceClock(3601);
    const grants = await Promise.all(processes.map((one) => one.grantFor(userId, "READ_BLOCK")));
    await Promise.all(grants.map(({ api }) => api.GET("/v1/blocks")));
    await Promise.all(grants.map(({ revoke }) => revoke()));
    await Promise.all(processes.map((one) => one.signOutEverywhere(userId)));
    await browser.post(`${app.url}/auth/logout`);

    expect(told).toEqual(published);
    expect(names()).toEqual(["signIn", "refresh", "signOut"]);
    const grantId = expect.stringMatching(/^[\w-]{22}$/);
    expect(told.map(([, event]) => event)).toEqual([
      { userId, grantId, scopes: ["IDENTITY", "READ_BLOCK"] },
      { userId, grantId, durationMs: expect.any(Number) },
      { userId, grantId, revoked: true },
    ]);
  });

  it("holds no token, no secret, no e-mail address and no name", async () => {
    await browser.signIn(emulator, app.url);
    emulator.advanceClock(3601);
    await (await app.autogpt.grantFor(userId, "READ_BLOCK")).api.GET("/v1/blocks");
    emulator.advanceClock(3601);
    emulator.addFault({
      path: "/api/oauth/token",
      status: 422,
      body: { detail: [{ input: "agpt_secret_x" }] },
    });
    await (await app.autogpt.grantFor(userId, "READ_BLOCK")).api.GET("/v1/blocks").catch(() => {});
    emulator.advanceClock(31 * 24 * 3600);
    await (await anotherProcess(emulator, store).grantFor(userId, "READ_BLOCK")).api
      .GET("/v1/blocks")
      .catch(() => {});
    await browser.signIn(emulator, app.url);
    await app.autogpt.signOutEverywhere(userId);
    expect(new Set(names())).toEqual(new Set(NAMES));
    const text = JSON.stringify(published);
    const { email = "-", name = "-" } = emulator.users[0] ?? {};
    for (const secret of ["agpt_", email, name]) expect(text).not.toContain(secret);
  });

  it("tells the operator of a sign-in that the platform or the store spoilt, not of a person's no", async () => {
    const callback = () => browser.consent(emulator, `${app.url}/auth/login`);
    const { client_id } = emulator.application;
    const switchedOff = await callback();
    emulator.updateApplication(client_id, { is_active: false });
    expect((await browser.open(switchedOff)).status).toBe(500);
    emulator.updateApplication(client_id, { is_active: true });
    const away = await callback();
    emulator.addFault({ path: "/api/oauth/token", status: 503 });
    expect((await browser.open(away)).status).toBe(503);
    const denied = await browser.consent(emulator, `${app.url}/auth/login`, { decision: "deny" });
    expect((await browser.open(denied)).status).toBe(400);
    const codes = published.map(([name, event]) => [name, Reflect.get(Object(event), "code")]);
    expect(codes).toEqual([
      ["fault", "application_refused"],
      ["fault", "platform_unavailable"],
    ]);
  });

  it("has an operator's code when the store fails while a pair waits to be stored", async () => {
    await browser.signIn(emulator, app.url);
    emulator.advanceClock(3601);
    const { api } = await app.autogpt.grantFor(userId, "READ_BLOCK");
    emulator.addFault({ path: "/api/oauth/token", delay_ms: 200 });
    const calling = api.GET("/v1/blocks");
    await expect.poll(() => store.calls.filter((name) => name === "swap").length).toBe(1); // the intent
    store.fail("swap", "before", 2);
    await calling;
    expect(names()).toEqual(["signIn", "fault", "refresh"]);
    expect(published[1]?.[1]).toMatchObject({ code: "store_unavailable", userId });
  });
});

describe("a listener that throws or rejects", () => {
  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new RangeError("agpt_xt_of_the_app");
      },
    ],
    [
      "rejects",
      async () => {
        throw new RangeError("agpt_xt_of_the_app");
      },
    ],
  ])("breaks neither the sign-in nor the other listeners: %s", async (_, listener) => {
    const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const others: string[] = [];
    for (const name of NAMES) {
      app.autogpt.events.on(name, listener);
      app.autogpt.events.on(name, () => others.push(name));
    }
    expect((await browser.signIn(emulator, app.url)).status).toBe(302);
    emulator.advanceClock(3601);
    const { api } = await app.autogpt.grantFor(userId, "READ_BLOCK");
    expect((await api.GET("/v1/blocks")).response.status).toBe(200);
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    expect(others).toEqual(["signIn", "refresh", "signOut"]);
    expect(names()).toEqual(others);
    const told = warnings.mock.calls.map(([message]) => String(message));
    expect(told).toEqual(others.map((name) => `A listener of "${name}" threw: RangeError.`));
    warnings.mockRestore();
  });

  it("does not keep a listener for one event from going", async () => {
    const seen: object[] = [];
    app.autogpt.events.once("signIn", (event) => seen.push(event));
    await browser.signIn(emulator, app.url);
    await new Browser().signIn(emulator, app.url);
    expect(seen).toHaveLength(1);
  });
});

describe("memoryGrants", () => {
  it("warns once in production, and never elsewhere", () => {
    const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    memoryGrants();
    expect(warnings).not.toHaveBeenCalled();
    vi.stubEnv("NODE_ENV", "production");
    memoryGrants();
    memoryGrants();
    expect(warnings).toHaveBeenCalledTimes(1);
    expect(warnings.mock.calls[0]?.[1]).toMatchObject({ code: "AUTOGPT_MEMORY_GRANTS" });
    warnings.mockRestore();
  });
});
