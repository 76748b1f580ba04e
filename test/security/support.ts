import { createServer, request, type Server, type ServerOptions } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Express } from "express";
import { type Emulator, exampleApplication, startEmulator } from "express-autogpt/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { startApp, type TestApp, type TestAppSettings } from "../harness/app.js";
import { Browser } from "../harness/browser.js";

export const ADA = {
  id: "0a000000-0000-4000-8000-000000000001",
  email: "ada@example.com",
  name: "Ada",
  timezone: "not-set",
};
export const EVE = {
  id: "0a000000-0000-4000-8000-000000000002",
  email: "eve@example.com",
  name: "Eve",
  timezone: "not-set",
};

/** Another application at the same platform. */
export const OTHER = {
  ...exampleApplication,
  client_id: "agpt_client_AnotherApplication00000000",
  client_secret: "agpt_secret_AnotherSecretOfTheEmulatorNotASecret000000",
};

/** An app of a suite; `listener` is the Express app itself, to be put behind other servers. */
export interface SuiteApp extends TestApp {
  listener: Express;
}

/** One emulator for a file, fresh for each test, with apps that end with it. */
export function useSuite() {
  let emulator: Emulator | undefined;
  let running: { stop(): Promise<void> }[] = [];
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);

  beforeAll(async () => {
    emulator = await startEmulator({ applications: [exampleApplication, OTHER], users: [ADA, EVE] });
    process.on("unhandledRejection", onUnhandled);
    process.on("uncaughtException", onUnhandled);
  });
  afterAll(async () => {
    process.off("unhandledRejection", onUnhandled);
    process.off("uncaughtException", onUnhandled);
    await emulator?.stop();
  });
  beforeEach(() => emulator?.reset());
  afterEach(async () => {
    await Promise.all(running.map((app) => app.stop()));
    running = [];
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled.splice(0)).toEqual([]);
  });

  const suite = {
    get emulator(): Emulator {
      if (!emulator) throw new Error("the emulator starts with the first test");
      return emulator;
    },
    async start(settings: TestAppSettings = {}): Promise<SuiteApp> {
      let listener: Express | undefined;
      const app = await startApp(suite.emulator, {
        ...settings,
        routes(express, autogpt) {
          listener = express;
          settings.routes?.(express, autogpt);
        },
      });
      running.push(app);
      if (!listener) throw new Error("startApp did not hand over its app");
      return { ...app, listener };
    },
    /** Another server in front of the same app or handler. */
    async serve(listener: Parameters<typeof createServer>[1], options: ServerOptions = {}): Promise<string> {
      const server = createServer(options, listener);
      const url = await listenOn(server);
      running.push({ stop: () => close(server) });
      return url;
    },
    calls(path: string): number {
      return suite.emulator.requests().filter((request) => request.path === path).length;
    },
    tokenCalls(): number {
      return suite.calls("/api/oauth/token");
    },
    async isSignedIn(app: TestApp, browser: Browser): Promise<boolean> {
      const who = await browser.json(`${app.url}/whoami`);
      return typeof who === "object" && who !== null && "signedIn" in who && who.signedIn === true;
    },
  };
  return suite;
}

async function listenOn(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** All names and values in turn, as they came. */
  rawHeaders: string[];
  body: string;
}

/** A request whose path, method, Host and other headers go out exactly as they are given. */
export function ask(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { method = "GET", headers = {}, body } = options;
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Bytes that no client library would send; gives everything that came back. */
export function askRaw(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const socket = connect(Number(port), "localhost");
    let answer = "";
    socket.setTimeout(5000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  });
}

/** The cookies a jar would send, by name. */
export async function cookiesOf(browser: Browser, url: string): Promise<Record<string, string>> {
  const cookies = await browser.jar.getCookies(url);
  return Object.fromEntries(cookies.map(({ key, value }) => [key, value]));
}

/** A browser with the same cookies, as somebody has it who copied them. */
export async function copyOf(browser: Browser): Promise<Browser> {
  const copy = new Browser();
  copy.jar = await browser.jar.clone();
  return copy;
}

/** The ids of the sessions in an app's store. */
export function sessionIds(app: TestApp): Promise<string[]> {
  return new Promise((resolve, reject) => {
    app.store.all((error, sessions) => (error ? reject(error) : resolve(Object.keys(sessions ?? {}))));
  });
}
