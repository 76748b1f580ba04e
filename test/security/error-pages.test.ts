import { AutoGPTError, InsufficientScopeError, SignInRequiredError } from "express-autogpt";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Browser } from "../harness/browser.js";
import { type Answer, ask, useSuite } from "./support.js";

const suite = useSuite();
afterEach(() => void vi.restoreAllMocks());

/** Text that would do something where it is not escaped, or end a header or an attribute. */
const MARKUP = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "'><a href=javascript:alert(1)>x</a>",
  "</title><script>alert(1)</script>",
  "</p><meta http-equiv=refresh content=0;url=//evil.example>",
  "javascript:alert(1)",
  "access_denied<b>",
  "{{7*7}}<%=7*7%>",
  "\u202e<b>\u2028</b>",
  "&lt;script&gt;",
];
const NAVIGATION = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-mode": "navigate" };
const readers: [string, Record<string, string>, RegExp][] = [
  ["a person", NAVIGATION, /^text\/html; charset=utf-8$/],
  ["an old browser", { accept: "text/html" }, /^text\/html; charset=utf-8$/],
  ["a program", { accept: "application/json" }, /^application\/problem\+json/],
  ["a script of a page", { accept: "text/html", "sec-fetch-mode": "cors" }, /^application\/problem\+json/],
  ["a program that takes all", { accept: "*/*" }, /^application\/problem\+json/],
  ["one that takes nothing we have", { accept: "image/png" }, /^application\/problem\+json/],
];

/** No tag but those of the page itself, and nothing of what was sent with its special letters. */
function expectHarmless(answer: Answer, sent: string): void {
  expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  if (/[<>]/.test(sent)) expect(answer.body).not.toContain(sent);
  expect(answer.body).not.toMatch(/<(script|img|svg|b)\b|onerror=|onload=|http-equiv=|javascript:/i);
  if (!String(answer.headers["content-type"]).startsWith("text/html")) JSON.parse(answer.body);
}

describe("error and error_description of a callback (CVE-2021-32702)", () => {
  it.each(readers)("reach %s never unescaped", async (_, headers, type) => {
    const app = await suite.start({ options: { scopes: ["READ_BLOCK"] } });
    for (const text of MARKUP) {
      const browser = new Browser();
      const begun = await browser.consent(suite.emulator, `${app.url}/auth/login`);
      const state = new URL(begun).searchParams.get("state") ?? "";
      const cookie = await browser.jar.getCookieString(app.url);
      for (const query of [
        { error: text, error_description: text, error_uri: text, state },
        { error: "access_denied", error_description: text, state },
        { error: text, state: "A".repeat(43) },
        { error: text, state: text },
        { code: text, state: text },
        { [text]: text, error: "x", state: "y" },
      ]) {
        const answer = await ask(app.url, `/auth/callback?${new URLSearchParams(query)}`, {
          headers: { cookie, ...headers },
        });
        expect([text, answer.status]).toEqual([text, 400]);
        expect(answer.headers["content-type"]).toMatch(type);
        expectHarmless(answer, text);
      }
    }
    expect(suite.tokenCalls()).toBe(0);
  });

  it("reach nobody unescaped through Express's own handler either", async () => {
    const app = await suite.start({ withoutErrorHandler: true });
    app.listener.set("env", "development"); // shows messages and stacks, and logs them
    vi.spyOn(console, "error").mockReturnValue();
    for (const text of MARKUP) {
      const answer = await ask(
        app.url,
        `/auth/callback?${new URLSearchParams({ error: text, state: "A".repeat(43) })}`,
        { headers: NAVIGATION },
      );
      expect(answer.status).toBe(400);
      expectHarmless(answer, text);
    }
  });

  it("with line ends are refused and end up in no header", async () => {
    const app = await suite.start();
    for (const error of ["x\r\nSet-Cookie: a=b", "x\nLocation: https://evil.example", "x\u0000y"]) {
      const answer = await ask(
        app.url,
        `/auth/callback?${new URLSearchParams({ error, state: "A".repeat(43) })}`,
      );
      expect([answer.status, answer.headers["set-cookie"], answer.headers.location]).toEqual([
        400,
        undefined,
        undefined,
      ]);
    }
  });
});

describe("other texts that come from outside", () => {
  it.each(readers)("reach %s never unescaped on login and logout", async (_, headers) => {
    const app = await suite.start();
    for (const text of MARKUP) {
      const scope = await ask(app.url, `/auth/login?${new URLSearchParams({ scope: text })}`, { headers });
      const origin = await ask(app.url, "/auth/logout", {
        method: "POST",
        headers: { ...headers, "sec-fetch-site": "cross-site", referer: encodeURI(text) },
      });
      expect([scope.status, origin.status]).toEqual([400, 403]);
      expectHarmless(scope, text);
      expectHarmless(origin, text);
    }
  });
});

describe("WWW-Authenticate", () => {
  const challenge =
    /^Bearer(?: [a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*"(?:, [a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*")*)?$/;

  it.each([false, true])(
    "is well-formed and names no error for a visitor (without errorHandler: %s)",
    async (withoutErrorHandler) => {
      const app = await suite.start({ withoutErrorHandler });
      for (const [, headers] of readers.slice(2)) {
        const answer = await ask(app.url, "/private", { headers });
        expect(answer.status).toBe(401);
        expect(answer.headers["www-authenticate"]).toBe("Bearer"); // RFC 6750 section 3.1: no error code
      }
    },
  );

  it.each([false, true])(
    "is never broken by a scope's name, nor a 500 (without errorHandler: %s)",
    async (withoutErrorHandler) => {
      const names = [
        "RUN_AGENT",
        'A"B',
        "A\\B",
        "A\r\nX-Evil: 1",
        "A\nB",
        "\u65e5\u672c",
        "A\u0000",
        "<script>",
      ];
      const app = await suite.start({
        withoutErrorHandler,
        routes(express) {
          express.get("/needs/:index", (req) => {
            throw new InsufficientScopeError([names[Number(req.params.index)] as never]);
          });
        },
      });
      for (const index of names.keys()) {
        const answer = await ask(app.url, `/needs/${index}`, { headers: { accept: "application/json" } });
        expect([names[index], answer.status, answer.headers["x-evil"]]).toEqual([
          names[index],
          403,
          undefined,
        ]);
        expect(answer.headers["www-authenticate"]).toMatch(challenge);
      }
    },
  );
});

describe("an error that a person meets", () => {
  it("leads to sign-in and back, on the app's origin only, for GET alone", async () => {
    const app = await suite.start({
      routes(express) {
        express.use("/members", () => {
          throw new SignInRequiredError();
        });
      },
    });
    for (const [path, back] of [
      ["/members?a=1&b=%2F%2Fx", "/members?a=1&b=%2F%2Fx"],
      ["/members//evil.example", "/members//evil.example"],
      ["/members/%0d%0aX:%20y", "/members/%0d%0aX:%20y"],
    ] as const) {
      const answer = await ask(app.url, path, { headers: NAVIGATION });
      expect([answer.status, answer.headers.location]).toEqual([
        302,
        `/auth/login?returnTo=${encodeURIComponent(back)}`,
      ]);
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
    const long = await ask(app.url, `/members/${"x".repeat(600)}`, { headers: NAVIGATION });
    expect([long.status, long.headers.location]).toEqual([302, "/auth/login"]);
    const query = await ask(app.url, `/members?q=${"x".repeat(600)}`, { headers: NAVIGATION });
    expect(query.headers.location).toBe("/auth/login?returnTo=%2Fmembers");
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await ask(app.url, "/members", { method, headers: NAVIGATION });
      expect([answer.status, answer.headers.location]).toEqual([401, undefined]);
    }
  });

  it("leads who is signed in to try again, never to a sign-in that would ask for less", async () => {
    const app = await suite.start({
      routes(express) {
        express.get("/blocks", async (req, res) => {
          const { data } = await req.autogpt.api.GET("/v2/blocks");
          res.json(data);
        });
      },
    });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    suite.emulator.addFault({ path: "/external-api/v2/blocks", drop: "before", times: 9 });
    const away = await (await browser.open(`${app.url}/blocks?q=%22%3E`)).text();
    expect(away).toContain('<a href="/blocks?q=%22%3E">Try again</a>');
    const stranger = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const refused = await (await browser.post(`${app.url}/auth/logout`, stranger)).text();
    expect(refused).toContain('<a href="/">go to the start page</a>');
    expect(away + refused).not.toContain("/auth/login");
  });

  it("shows the person nothing of what only the operator may know", async () => {
    const app = await suite.start({ options: { clientSecret: "agpt_secret_wrong" } });
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    const cookie = await browser.jar.getCookieString(app.url);
    const answer = await ask(app.url, callback.slice(app.url.length), { headers: { ...NAVIGATION, cookie } });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toMatch(/AUTOGPT_|CLIENT|agpt_|127\.0\.0\.1/);
    expect(app.errors[0]).toBeInstanceOf(AutoGPTError);
  });
});
