import { type Emulator, startEmulator } from "express-autogpt/emulator";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { AppOptions } from "../../examples/web-app/app.js";
import { type Listening, startExample, startPage } from "../example/example-app.js";
import { needs } from "../harness/needs.js";
import { comeIn, launchChromium, type Person } from "./chromium.js";

const describeWithBrowser = await needs("a browser", "browser tests");

let browser: Browser;
let emulator: Emulator;
let person: Person;
let app: Listening;
let others: Listening[] = [];

/** `...-shown` only says that the page for SameSite=Strict was shown. */
const isTransaction = (name: string) => name.startsWith("autogpt-") && !name.endsWith("-shown");

/** What Chromium says about a page that is an error page. */
const failed = (status: string) => `Failed to load resource: the server responded with a status of ${status}`;

describeWithBrowser("the example app in Chromium", () => {
  beforeAll(async () => {
    [browser, emulator] = await Promise.all([launchChromium(), startEmulator()]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), emulator.stop()]);
  });
  beforeEach(() => start());
  afterEach(async () => {
    await person.leave();
    await Promise.all([app, ...others].map((one) => one.stop()));
    others = [];
  });

  async function start(options: Partial<AppOptions> = {}, context: BrowserContextOptions = {}) {
    await Promise.all([app?.stop(), person?.leave()]);
    app = await startExample(emulator, options);
    person = await comeIn(browser, context);
  }

  /** From the visitor's page to the question of the platform. */
  async function askToSignIn(tab: Page): Promise<void> {
    await tab.goto(app.url);
    await tab.getByRole("link", { name: "Sign in with AutoGPT" }).click();
  }

  async function signIn(tab: Page, user = "Ada Lovelace"): Promise<void> {
    await askToSignIn(tab);
    await tab.getByRole("button", { name: user }).click();
    await authorize(tab);
    await expectSignedIn(tab, user);
  }

  async function authorize(tab: Page): Promise<void> {
    expect(new URL(tab.url()).origin).toBe(emulator.webUrl);
    await tab.getByRole("button", { name: "Authorize" }).click();
  }

  async function expectSignedIn(tab: Page, user = "Ada Lovelace"): Promise<void> {
    await tab.getByRole("heading", { name: `Hello, ${user}` }).waitFor();
    expect(tab.url()).toBe(`${app.url}/`);
  }

  async function expectVisitor(tab: Page): Promise<void> {
    await tab.getByRole("link", { name: "Sign in with AutoGPT" }).waitFor();
    expect(await tab.getByText("Hello, ").count()).toBe(0);
  }

  /** Sign in, see who it is, what was allowed and the blocks; sign out. */
  async function goThroughIt(): Promise<void> {
    const tab = await person.openTab();
    await signIn(tab);
    for (const text of ["ada@example.com", "Europe/London", "READ_BLOCK", "AgentInputBlock"]) {
      expect(await tab.getByText(text, { exact: true }).count()).toBe(1);
    }
    await tab.reload();
    await expectSignedIn(tab);

    await tab.getByRole("button", { name: "Sign out" }).click();
    await expectVisitor(tab);
    await tab.reload();
    await expectVisitor(tab);
    await tab.goBack();
    await expectVisitor(tab);
    expect(person.complaints).toEqual([]);
    // No transaction stays behind: each sign-in would make the headers longer.
    expect((await person.cookieNames()).filter(isTransaction)).toEqual([]);
  }

  it("signs in, shows the name, signs out", goThroughIt);

  it("does the same without JavaScript", async () => {
    await start({}, { javaScriptEnabled: false });
    await goThroughIt();
  });

  it("does the same with a SameSite=Strict session cookie, which the callback does not carry", async () => {
    await start({ sameSite: "strict" });
    await goThroughIt();
  });

  it("does the same with SameSite=Strict and without JavaScript", async () => {
    await start({ sameSite: "strict" }, { javaScriptEnabled: false });
    await goThroughIt();
  });

  it.each(["lax", "strict"] as const)(
    "lands on the page that asked for the sign-in (%s)",
    async (sameSite) => {
      await start({ sameSite });
      const tab = await person.openTab();
      await tab.goto(`${app.url}/blocks?from=mail`);
      await tab.getByRole("button", { name: "Grace Hopper" }).click();
      await authorize(tab);
      await tab.getByText("AITextGeneratorBlock").waitFor();
      expect(tab.url()).toBe(`${app.url}/blocks?from=mail`);
      expect(person.complaints).toEqual([]);
    },
  );

  it("takes a no for a no, and a second thought for a yes", async () => {
    const tab = await person.openTab();
    await askToSignIn(tab);
    await tab.getByRole("button", { name: "Ada Lovelace" }).click();
    await tab.getByRole("button", { name: "Deny" }).click();
    await tab.getByRole("heading", { name: "Sign-in was cancelled" }).waitFor();
    expect(person.complaints).toEqual([failed("400 (Bad Request)")]);

    await tab.getByRole("link", { name: "Try again" }).click();
    await authorize(tab);
    await expectSignedIn(tab);
    expect(person.complaints).toHaveLength(1);
  });

  it("signs in in two tabs at once", async () => {
    const [first, second] = [await person.openTab(), await person.openTab()];
    await askToSignIn(first);
    await askToSignIn(second);
    await first.getByRole("button", { name: "Ada Lovelace" }).click();
    await first.getByRole("button", { name: "Authorize" }).waitFor();
    await second.getByRole("button", { name: "Ada Lovelace" }).click();
    await second.getByRole("button", { name: "Authorize" }).waitFor();

    await Promise.all([authorize(first), authorize(second)]);
    await Promise.all([expectSignedIn(first), expectSignedIn(second)]);
    await Promise.all([first.reload(), second.reload()]);
    await Promise.all([expectSignedIn(first), expectSignedIn(second)]);

    await first.getByRole("button", { name: "Sign out" }).click();
    await expectVisitor(first);
    await second.reload();
    await expectVisitor(second);
    expect(person.complaints).toEqual([]);
  });

  it("shows that a finished sign-in cannot be finished by somebody else", async () => {
    const tab = await person.openTab();
    await askToSignIn(tab);
    await tab.getByRole("button", { name: "Ada Lovelace" }).click();
    const callback = await emulator.consent(tab.url());
    const stranger = await comeIn(browser);
    const strangersTab = await stranger.openTab();
    await strangersTab.goto(callback);
    await strangersTab.getByRole("heading", { name: "This sign-in is not waiting any longer" }).waitFor();
    await strangersTab.goto(app.url);
    await expectVisitor(strangersTab);
    await stranger.leave();
  });

  // localhost with another port is another origin of the same site, so the session cookie goes along.
  it.each(["localhost", "127.0.0.1"])("is not signed out by a page on %s", async (host) => {
    const tab = await person.openTab();
    await signIn(tab);
    const markup = `<form method="post" action="${app.url}/auth/logout"><button>Win a prize</button></form>`;
    const page = await startPage(host, markup);
    others.push(page);
    await tab.goto(page.url);
    await tab.getByRole("button").click();
    await tab.getByRole("heading", { name: "That is not allowed" }).waitFor();
    expect(tab.url()).toBe(`${app.url}/auth/logout`);
    await tab.goto(app.url);
    await expectSignedIn(tab);
  });

  it("says so when the blocks cannot be read, and shows the rest", async () => {
    const tab = await person.openTab();
    await signIn(tab);
    emulator.addFault({
      path: "/external-api/v2/blocks",
      times: 4,
      status: 503,
      body: "<h1>Bad gateway</h1>",
    });
    await tab.reload();
    await tab.getByText("AutoGPT does not answer at the moment").waitFor();
    await expectSignedIn(tab);
    expect(person.complaints).toEqual([]);
  });

  it("fits on a phone", async () => {
    await start({}, { viewport: { width: 320, height: 640 } });
    const tab = await person.openTab();
    const expectFit = async () => {
      expect(await tab.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    };
    await tab.goto(app.url);
    await expectFit();
    await signIn(tab);
    await expectFit();
    await tab.goto(`${app.url}/blocks`);
    await expectFit();
    await tab.goto(`${app.url}/auth/callback?error=access_denied`);
    await expectFit();
  });
});
