import { type Emulator, startEmulator } from "express-autogpt/emulator";
import express4 from "express4";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { startApp, type TestApp, type TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";

export const versions: [string, TestAppSettings][] = [
  ["Express 5", {}],
  ["Express 4", { create: express4 }],
];

/** One emulator for a test file; `start` makes apps that end with their test. */
export function useEmulator() {
  let running: Emulator | undefined;
  let apps: TestApp[] = [];
  beforeAll(async () => {
    running = await startEmulator();
  });
  afterAll(() => running?.stop());
  beforeEach(() => running?.reset());
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(apps.map((app) => app.stop()));
    apps = [];
  });
  return {
    get emulator(): Emulator {
      if (!running) throw new Error("the emulator starts with the first test");
      return running;
    },
    async start(settings: TestAppSettings = {}): Promise<TestApp> {
      const app = await startApp(this.emulator, settings);
      apps.push(app);
      return app;
    },
    /** A browser that has signed in with what the app asks for. */
    async signIn(app: TestApp, userId?: string): Promise<Browser> {
      const browser = new Browser();
      const answer = await browser.signIn(this.emulator, app.url, userId === undefined ? {} : { userId });
      expect(answer.status).toBe(302);
      return browser;
    },
    /** Opens a page that asks for consent, and gives the callback that the platform sends the browser to. */
    async ask(
      browser: Browser,
      url: string,
      options: Parameters<Emulator["consent"]>[1] = {},
    ): Promise<string> {
      const sent = await browser.open(url);
      expect(sent.status).toBe(302);
      const login = await browser.open(new URL(locationOf(sent), url).href);
      return this.emulator.consent(locationOf(login), options);
    },
    /** The calls to a path of the platform since the last reset. */
    calls(path: string) {
      return this.emulator.requests().filter((request) => request.path === path);
    },
  };
}

/** How a program asks. */
export const program = { headers: { accept: "application/json" } };
