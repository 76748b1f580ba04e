import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumPath } from "../harness/needs.js";

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath() ?? "",
    // CI runs as root, where Chromium has no sandbox.
    args: ["--no-sandbox", "--disable-background-networking"],
  });
}

/** One person's browser: its own cookies, and everything that any of its tabs complained about. */
export interface Person {
  openTab(): Promise<Page>;
  /** Console errors and warnings, blocked requests (Content-Security-Policy) and uncaught errors, in order. */
  readonly complaints: string[];
  cookieNames(): Promise<string[]>;
  leave(): Promise<void>;
}

export async function comeIn(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("requestfailed", (request) => {
    complaints.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  return {
    complaints,
    openTab: () => context.newPage(),
    cookieNames: async () => (await context.cookies()).map(({ name }) => name),
    leave: () => context.close(),
  };
}
