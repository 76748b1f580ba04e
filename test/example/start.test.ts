import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "express-autogpt/emulator";
import { afterEach, describe, expect, it } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { Start } from "./run-start.js";

const ANY_PORTS = { PORT: "0", EMULATOR_PORT: "0" };
const CREDENTIALS = ["agpt_client_OfTheStartTest0000000000", "agpt_secret_OfTheStartTest0000000000"] as const;

let stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});

function start(env: Record<string, string>): Start {
  const started = new Start(env);
  stops.push(() => started.stop());
  return started;
}

async function holdPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  // Safe: a server that listens on TCP has an address with a port.
  return String((server.address() as AddressInfo).port);
}

/** Signs in as a person does, form by form, and gives the start page. */
async function signIn(appUrl: string): Promise<string> {
  const browser = new Browser();
  const consentUrl = locationOf(await browser.open(`${appUrl}/auth/login`));
  const loginPage = locationOf(await browser.open(consentUrl));
  const user_id = "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a01";
  await submit(browser, new URL(loginPage, consentUrl).href, { user_id });
  const callbackUrl = locationOf(await submit(browser, consentUrl, { decision: "authorize" }));
  expect(locationOf(await browser.open(callbackUrl))).toBe("/");
  return (await browser.open(`${appUrl}/`)).text();
}

function submit(browser: Browser, url: string, fields: Record<string, string>): Promise<Response> {
  return browser.fetch(url, { method: "POST", body: new URLSearchParams(fields) });
}

describe("npm start", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("starts the app and the emulator; %s ends both", async (signal) => {
    const started = start(ANY_PORTS);
    const [app = "", emulator = ""] = await started.values("Example app", "AutoGPT emulator");
    expect(app).toMatch(/^http:\/\/localhost:\d+$/);
    expect(emulator).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(emulator)).status).toBe(200);
    const page = await fetch(app);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain(emulator);
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self'");
    expect(await signIn(app)).toContain("Hello, Ada Lovelace");

    expect(await started.stop(signal)).toBe(0);
    await expect(fetch(app)).rejects.toThrow();
    await expect(fetch(emulator)).rejects.toThrow();
    expect(started.output.trim().split("\n")).toHaveLength(2);
  });

  it("uses a real platform where credentials are set, and starts no emulator", async () => {
    const [client_id, client_secret] = CREDENTIALS;
    const application = {
      client_id,
      client_secret,
      name: "Mine",
      redirect_uris: ["http://localhost:1/auth/callback"],
      scopes: ["IDENTITY", "READ_BLOCK", "READ_LIBRARY"],
    } as const;
    const platform = await startEmulator({ applications: [application], backendPort: 0 });
    stops.push(() => platform.stop());
    const started = start({
      ...ANY_PORTS,
      AUTOGPT_CLIENT_ID: client_id,
      AUTOGPT_CLIENT_SECRET: client_secret,
      AUTOGPT_WEB_URL: platform.webUrl,
      AUTOGPT_BACKEND_URL: platform.backendUrl,
    });
    const [app = "", redirectUri = ""] = await started.values("Example app", "Redirect URI");
    expect(started.output).toContain(`AutoGPT Platform: ${platform.webUrl}\n`);
    expect(started.output).not.toContain("emulator");
    expect(started.output).not.toContain(client_secret);
    expect(redirectUri).toBe(`${app}/auth/callback`);
    platform.updateApplication(client_id, { redirect_uris: [redirectUri] });
    expect(await signIn(app)).toContain("AgentInputBlock");
  });

  it("takes AUTOGPT_REDIRECT_URI for the address that is registered", async () => {
    const [AUTOGPT_CLIENT_ID, AUTOGPT_CLIENT_SECRET] = CREDENTIALS;
    const AUTOGPT_REDIRECT_URI = "https://app.example.com/oauth/callback";
    const started = start({ PORT: "0", AUTOGPT_CLIENT_ID, AUTOGPT_CLIENT_SECRET, AUTOGPT_REDIRECT_URI });
    const values = await started.values("Example app", "AutoGPT Platform", "Redirect URI");
    expect(values.slice(1)).toEqual(["AutoGPT Cloud", AUTOGPT_REDIRECT_URI]);
    const login = await fetch(`${values[0]}/auth/login?sameHost=1`, { redirect: "manual" });
    expect(new URL(locationOf(login)).searchParams.get("redirect_uri")).toBe(AUTOGPT_REDIRECT_URI);
  });

  it.each([
    [{ PORT: "http" }, 'PORT must be a port from 0 to 65535, not "http".'],
    [{ EMULATOR_PORT: "65536" }, 'EMULATOR_PORT must be a port from 0 to 65535, not "65536".'],
    [{ PORT: "3007", EMULATOR_PORT: "3007" }, "PORT and EMULATOR_PORT must differ."],
    [
      { AUTOGPT_CLIENT_ID: "agpt_client_x" },
      "AUTOGPT_CLIENT_SECRET is missing: set both for the real platform, or neither for the emulator.",
    ],
  ])("says in one line what is wrong with %o", async (env: Record<string, string>, line) => {
    const started = start({ ...ANY_PORTS, ...env });
    expect(await started.exitCode()).toBe(1);
    expect(started.output).toBe(`${line}\n`);
  });

  it.each(["PORT", "EMULATOR_PORT"])("says in one line that %s is in use", async (name) => {
    const port = await holdPort();
    const started = start({ ...ANY_PORTS, [name]: port });
    expect(await started.exitCode()).toBe(1);
    expect(started.output).toBe(
      `Port ${port} is in use. Set ${name} to another one, or to 0 for any free one.\n`,
    );
  });

  it("names a wrong option without a stack", async () => {
    const started = start({ ...ANY_PORTS, AUTOGPT_SECRET: "short" });
    expect(await started.exitCode()).toBe(1);
    expect(started.output).toContain("secret is too short");
    expect(started.output).not.toMatch(/^ +at /m);
  });
});
