import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { ask, useSuite } from "./support.js";

const suite = useSuite();
const EVIL = "evil.example";

/** What a hostile client or a proxy set up wrongly sends; Node joins what comes twice. */
const forged: Record<string, string | string[]>[] = [
  { host: EVIL },
  { host: `${EVIL}:80` },
  { host: `localhost@${EVIL}` },
  { host: `localhost.${EVIL}` },
  { host: "[" },
  { host: "" },
  { "x-forwarded-host": EVIL },
  { "x-forwarded-host": `${EVIL}, localhost` },
  { "x-forwarded-host": "localhost", host: EVIL },
  { "x-forwarded-proto": "https" },
  { "x-forwarded-proto": "javascript" },
  { "x-forwarded-proto": `https://${EVIL}/?`, "x-forwarded-host": EVIL },
  { "x-forwarded-port": "1" },
  { "x-forwarded-prefix": `//${EVIL}` },
  { "x-forwarded-uri": "/whoami" },
  { "x-forwarded-for": "127.0.0.1", forwarded: `host=${EVIL};proto=https` },
  { "x-original-url": "/whoami", "x-rewrite-url": `//${EVIL}` },
  { x_forwarded_host: EVIL, x_forwarded_uri: "/whoami", x_forwarded_proto: "https" },
  { "x-http-method-override": "POST" },
  { referer: `https://${EVIL}/` },
];

describe.each([false, true])("forged headers, trust proxy %s", (trust) => {
  const start = () =>
    suite.start({ before: [(req, _res, next) => next(void req.app.set("trust proxy", trust))] });

  it("change neither the redirect URI nor any Location", async () => {
    const app = await start();
    const wrong: unknown[] = [];
    for (const headers of forged) {
      const browser = new Browser();
      const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
      const cookie = await browser.jar.getCookieString(app.url);
      const page = { accept: "text/html", "sec-fetch-mode": "navigate" };
      const answers = {
        login: await ask(app.url, "/auth/login?sameHost=1", { headers }),
        moved: await ask(app.url, "/auth/login", { headers }),
        callback: await ask(app.url, callback.slice(app.url.length), { headers: { cookie, ...headers } }),
        logout: await ask(app.url, "/auth/logout", {
          method: "POST",
          headers: { origin: app.url, ...headers },
        }),
        refused: await ask(app.url, "/private", { headers: { ...page, ...headers } }),
      };
      const uri = new URL(String(answers.login.headers.location)).searchParams.get("redirect_uri");
      if (uri !== `${app.url}/auth/callback`) wrong.push([headers, uri]);
      for (const [name, answer] of Object.entries(answers)) {
        const to = new URL(String(answer.headers.location), app.url);
        const good = to.origin === app.url || to.origin === suite.emulator.url;
        if (!good || String(answer.headers.location).includes(EVIL)) wrong.push([headers, name, to.href]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("open no route that needs a sign-in", async () => {
    const app = await start();
    for (const headers of forged) expect((await ask(app.url, "/private", { headers })).status).toBe(401);
  });
});

describe("Cache-Control: no-store (CVE-2025-48947)", () => {
  const requests: [string, string, Record<string, string>][] = [
    ["GET", "/auth/login", {}],
    ["HEAD", "/auth/login", {}],
    ["GET", "/auth/login", { "sec-purpose": "prefetch" }],
    ["GET", "/auth/login", { host: EVIL }],
    ["GET", "/auth/login?returnTo=%", {}],
    ["GET", "/auth/login?scope=x", {}],
    ["POST", "/auth/login", {}],
    ["GET", "/auth/callback", {}],
    ["HEAD", "/auth/callback", {}],
    ["GET", "/auth/callback?code=x&state=y", {}],
    ["POST", "/auth/callback", {}],
    ["GET", "/auth/logout", {}],
    ["POST", "/auth/logout", {}],
    ["POST", "/auth/logout", { "sec-fetch-site": "same-origin" }],
    ["OPTIONS", "/auth/logout", {}],
  ];

  it.each([false, true])(
    "stands on each answer of our routes (without errorHandler: %s)",
    async (withoutErrorHandler) => {
      const app = await suite.start({ withoutErrorHandler });
      for (const [method, path, headers] of requests) {
        const answer = await ask(app.url, path, { method, headers });
        expect([method, path, answer.headers["cache-control"]]).toEqual([method, path, "no-store"]);
        expect([method, path, answer.status < 500 || "sec-purpose" in headers]).toEqual([method, path, true]);
      }
    },
  );

  it("stands on each answer that sets a cookie of ours, over a whole story", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const login = await browser.open(`${app.url}/auth/login`);
    const callback = await suite.emulator.consent(String(login.headers.get("location")));
    const story = [
      login,
      await browser.open(`${app.url}/whoami`),
      await browser.open(callback),
      await browser.open(`${app.url}/whoami`),
      await browser.post(`${app.url}/auth/logout`),
    ];
    for (const answer of story) {
      const stored = answer.headers.get("cache-control") !== "no-store";
      if (answer.headers.getSetCookie().length > 0) expect([answer.url, stored]).toEqual([answer.url, false]);
    }
  });
});

describe("a browser that fetches ahead", () => {
  it("starts, consumes and ends nothing, whatever it calls itself", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    suite.emulator.clearRequests();
    for (const headers of [
      { "sec-purpose": "prefetch" },
      { "sec-purpose": "prefetch;prerender" },
      { "sec-purpose": "prefetch;anonymous-client-ip" },
      { purpose: "prefetch" },
      { "x-moz": "prefetch" },
    ]) {
      for (const url of [`${app.url}/auth/login`, callback]) {
        const answer = await browser.open(url, headers);
        expect([answer.status, answer.headers.getSetCookie(), answer.headers.get("location")]).toEqual([
          503,
          [],
          null,
        ]);
      }
      expect((await browser.post(`${app.url}/auth/logout`, headers)).status).toBe(503);
    }
    expect(suite.emulator.requests()).toEqual([]);
    expect(await suite.isSignedIn(app, browser)).toBe(true);
    expect((await browser.open(callback)).status).toBe(302);
  });
});
