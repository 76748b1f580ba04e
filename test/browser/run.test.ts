import { type Emulator, startEmulator } from "express-autogpt/emulator";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Listening, startExample } from "../example/example-app.js";
import { needs } from "../harness/needs.js";
import { comeIn, launchChromium, type Person } from "./chromium.js";

const describeWithBrowser = await needs("a browser", "browser tests of running agents");

let browser: Browser;
let emulator: Emulator;
let person: Person;
let app: Listening;

describeWithBrowser("running an agent in Chromium", () => {
  beforeAll(async () => {
    [browser, emulator] = await Promise.all([launchChromium(), startEmulator()]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), emulator.stop()]);
  });
  beforeEach(async () => {
    emulator.reset();
    app = await startExample(emulator);
  });
  afterEach(async () => {
    await Promise.all([person.leave(), app.stop()]);
  });

  /** Signs in as Ada and opens the list of agents. */
  async function openAgents(context: BrowserContextOptions = {}): Promise<Page> {
    person = await comeIn(browser, context);
    const tab = await person.openTab();
    await tab.goto(`${app.url}/agents`);
    await tab.getByRole("button", { name: "Ada Lovelace" }).click();
    expect(await tab.getByText("RUN_AGENT").count()).toBe(0); // reading only
    await tab.getByRole("button", { name: "Authorize" }).click();
    await tab.getByRole("heading", { name: "Your agents" }).waitFor();
    return tab;
  }

  it.each([true, false])(
    "asks for more when Run is opened, comes back and runs (JavaScript: %s)",
    async (on) => {
      const tab = await openAgents({ javaScriptEnabled: on });
      await tab.getByRole("link", { name: "Run Summarize a text" }).click();
      for (const scope of ["READ_LIBRARY", "RUN_AGENT", "READ_RUN"]) {
        expect(await tab.getByText(scope, { exact: true }).count()).toBe(1);
      }
      await tab.getByRole("button", { name: "Authorize" }).click();
      await tab.getByRole("heading", { name: "Run “Summarize a text”" }).waitFor();
      expect(new URL(tab.url()).pathname).toMatch(/^\/agents\/[^/]+\/run$/);

      await tab.getByLabel("Text").fill("<b>Tea</b>");
      await tab.getByLabel("Sentences").fill("2");
      await tab.getByRole("button", { name: "Run" }).click();
      await tab.getByText("This page looks again every 2 seconds.").waitFor();
      await tab.getByText("It is done.").waitFor();
      await tab.getByText("In 2 sentences: <b>Tea</b>").waitFor();
      expect(new URL(tab.url()).pathname).toMatch(/^\/runs\//);

      await tab.goto(`${app.url}/agents`);
      await tab.getByRole("link", { name: "Run Check a website" }).click();
      await tab.getByRole("heading", { name: "Run “Check a website”" }).waitFor(); // asked once
      expect(person.complaints).toEqual([]);
    },
  );

  it("takes a no, shows the agents as before, and asks again on Try again", async () => {
    const tab = await openAgents();
    await tab.getByRole("link", { name: "Run Summarize a text" }).click();
    await tab.getByRole("button", { name: "Deny" }).click();
    await tab.getByRole("heading", { name: "Sign-in was cancelled" }).waitFor();
    await tab.goto(`${app.url}/agents`);
    await tab.getByRole("heading", { name: "Your agents" }).waitFor();

    await tab.getByRole("link", { name: "Run Summarize a text" }).click();
    await tab.getByRole("button", { name: "Deny" }).click();
    await tab.getByRole("link", { name: "Try again" }).click();
    await tab.getByRole("button", { name: "Authorize" }).click();
    await tab.getByRole("heading", { name: "Run “Summarize a text”" }).waitFor();
  });

  it("goes through the setup wizard: cancelled, then connected", async () => {
    const tab = await openAgents();
    await tab.getByRole("link", { name: "Connect GitHub" }).click();
    await tab.getByRole("button", { name: "Cancel" }).click();
    await tab.getByRole("heading", { name: "GitHub was not connected" }).waitFor();
    expect(tab.url()).toBe(`${app.url}/connect/github`);

    await tab.getByRole("link", { name: "Try again" }).click();
    await tab.getByLabel("Use the emulated github account").check();
    await tab.getByRole("button", { name: "Continue" }).click();
    await tab.getByRole("heading", { name: "GitHub is connected" }).waitFor();
    await tab.getByRole("link", { name: "Back to your agents" }).click();
    await tab.getByRole("heading", { name: "Your agents" }).waitFor();
    expect(person.complaints).toEqual([]);
  });

  it("fits on a phone", async () => {
    const tab = await openAgents({ viewport: { width: 320, height: 640 } });
    const width = () => tab.evaluate("document.documentElement.scrollWidth");
    expect(await width()).toBeLessThanOrEqual(320);
    await tab.getByRole("link", { name: "Run Research a topic" }).click();
    await tab.getByRole("button", { name: "Authorize" }).click();
    await tab.getByLabel("Topic").waitFor();
    expect(await width()).toBeLessThanOrEqual(320);
  });
});
