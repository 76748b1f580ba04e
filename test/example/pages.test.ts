import { type Emulator, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { type Listening, startExample } from "./example-app.js";

let emulator: Emulator;
let app: Listening;
let browser: Browser;

const markup = '<img src=x onerror="alert(1)">';
const mallory = {
  id: "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a03",
  email: `"'&@x`,
  name: markup,
  timezone: "not-set",
};

beforeAll(async () => {
  emulator = await startEmulator({ users: [mallory] });
  app = await startExample(emulator);
});
afterAll(() => Promise.all([app.stop(), emulator.stop()]));
beforeEach(() => {
  browser = new Browser();
});
afterEach(() => {
  vi.restoreAllMocks();
  emulator.updateApplication(emulator.application.client_id, { is_active: true });
});

/** Starts a sign-in and gives the callback that the platform would send, with other parameters. */
async function callbackWith(parameters: Record<string, string>): Promise<string> {
  const login = await browser.open(`${app.url}/auth/login`);
  const state = new URL(locationOf(login)).searchParams.get("state") ?? "";
  return `${app.url}/auth/callback?${new URLSearchParams({ state, ...parameters })}`;
}

const strange = "x".repeat(43);
const tokenFault = { path: "/api/oauth/token", times: 1 };

const errors: [string, number, string, () => Promise<string>][] = [
  [
    "access_denied",
    400,
    "Sign-in was cancelled",
    () => browser.consent(emulator, `${app.url}/auth/login`, { decision: "deny" }),
  ],
  ["authorization_failed", 400, "AutoGPT ended the sign-in", () => callbackWith({ error: "server_error" })],
  ["callback_malformed", 400, "This address does not finish", async () => `${app.url}/auth/callback`],
  [
    "transaction_unknown",
    400,
    "This sign-in is not waiting any longer",
    async () => `${app.url}/auth/callback?state=${strange}&code=${strange}`,
  ],
  [
    "issuer_mismatch",
    400,
    "The answer did not come from AutoGPT",
    () => callbackWith({ code: strange, iss: "https://evil.example" }),
  ],
  ["code_refused", 400, "The sign-in came too late", () => callbackWith({ code: strange })],
  [
    "application_refused",
    500,
    "Something is wrong on our side",
    () => {
      emulator.updateApplication(emulator.application.client_id, { is_active: false });
      return callbackWith({ code: strange });
    },
  ],
  [
    "platform_fault",
    502,
    "AutoGPT answered something unexpected",
    () => {
      emulator.addFault({ ...tokenFault, status: 200, body: "<h1>Hello</h1>" });
      return callbackWith({ code: strange });
    },
  ],
  [
    "platform_unavailable",
    503,
    "Please try again in a moment",
    () => {
      emulator.addFault({ ...tokenFault, status: 503 });
      return callbackWith({ code: strange });
    },
  ],
  ["malformed_request", 400, "That did not work", async () => `${app.url}/auth/login?returnTo=%ff`],
];

describe("the example's error pages", () => {
  it.each(errors)("%s: %i, %s", async (code, status, title, callback) => {
    vi.spyOn(console, "error").mockReturnValue();
    const page = await browser.open(await callback());
    expect(page.status).toBe(status);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.has("retry-after")).toBe(status === 503);
    const text = await page.text();
    expect(text).toContain(`<h1>${title}`);
    const canTryAgain = errors.findIndex(([name]) => name === code) < 6;
    expect(text.includes(">Try again</a>")).toBe(canTryAgain);
  });

  it.each(errors)("%s: a program gets problem+json", async (code, status, _title, callback) => {
    vi.spyOn(console, "error").mockReturnValue();
    const answer = await browser.fetch(await callback(), { headers: { accept: "*/*" } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status, code });
  });

  it("has a page for an address that leads nowhere, and for one that cannot be read", async () => {
    expect((await browser.open(`${app.url}/nowhere`)).status).toBe(404);
    expect(await (await browser.open(`${app.url}/nowhere`)).text()).toContain("There is no such page");
    expect((await browser.open(`${app.url}/%ff`)).status).toBe(404);
  });
});

describe("the example's pages", () => {
  // That people are sent to sign in and come back is tested in a real browser.
  it("answer a program that is not signed in", async () => {
    const answer = await browser.fetch(`${app.url}/blocks`, { headers: { accept: "application/json" } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "sign_in_required", signIn: "/auth/login" });
  });

  it("escape what the platform says, and are kept by no cache", async () => {
    await browser.signIn(emulator, app.url);
    const page = await browser.open(`${app.url}/`);
    const text = await page.text();
    expect(text).not.toContain("<img src=x");
    expect(text).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    expect(page.headers.get("cache-control")).toBe("no-store");
  });

  it("show one page of blocks after the other, and say so when there is none", async () => {
    await browser.signIn(emulator, app.url);
    const cursor = Buffer.from("from 5").toString("base64url");
    const last = await (await browser.open(`${app.url}/blocks?cursor=${cursor}`)).text();
    expect(last).toContain("AITextGeneratorBlock");
    expect(last).not.toContain("AgentInputBlock");
    for (const query of ["cursor=broken", "cursor=%00"]) {
      const page = await browser.open(`${app.url}/blocks?${query}`);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain("There is no such page of blocks.");
    }
    expect((await browser.open(`${app.url}/blocks?cursor[a]=b&cursor=c`)).status).toBe(200);
  });

  it.each([
    [401, "AutoGPT does not accept this sign-in any longer."],
    [403, "You did not allow this app to list the blocks."],
    [429, "AutoGPT asks for a pause."],
    [500, "AutoGPT does not answer at the moment."],
  ])("stay whole when the blocks answer %i", async (status, text) => {
    await browser.signIn(emulator, app.url);
    emulator.addFault({
      path: "/external-api/v2/blocks",
      times: status < 429 ? 1 : 4, // as often as the client tries
      status,
      body: { error: {} },
    });
    const page = await (await browser.open(`${app.url}/`)).text();
    expect(page).toContain(text);
    expect(page).toContain("What you allowed this app");
  });

  it("stay whole when the blocks do not answer at all", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await browser.signIn(emulator, app.url);
    emulator.addFault({ path: "/external-api/v2/blocks", times: 4, drop: "before" });
    expect(await (await browser.open(`${app.url}/`)).text()).toContain("AutoGPT does not answer");
    expect(warn).toHaveBeenCalledOnce();
  });
});
