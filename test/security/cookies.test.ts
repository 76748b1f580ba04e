import { STATUS_CODES } from "node:http";
import { scopes } from "express-autogpt";
import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { ask, askRaw, cookiesOf, useSuite } from "./support.js";

const suite = useSuite();

describe("cookies that somebody made up", () => {
  it("are no attempt, whatever their name and value, and never an error", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    const [name = ""] = Object.keys(await cookiesOf(browser, app.url));
    const stem = name.slice(0, -16);
    const names = [
      `${stem}(x)`,
      `${stem}a b`,
      `${stem}ü`,
      `${stem}[]`,
      `${stem}"`,
      `${stem}<x>`,
      `${stem}@`,
      `${stem}\\`,
      `${stem}`,
      `${stem}__proto__`,
    ];
    const values = [
      "",
      "x",
      '"',
      "%zz",
      "a.b.c.d.e",
      `${"x".repeat(4000)}`,
      "eyJhbGciOiJkaXIifQ..a.b.c",
      "\xff",
    ];
    const wrong: unknown[] = [];
    for (const value of values) {
      for (const cookies of [...names.map((odd) => [odd, `${stem}1`, `${stem}2`, `${stem}3`]), names]) {
        const cookie = cookies
          .map((odd) => `${odd}=${value}`)
          .join("; ")
          .slice(0, 12_000);
        for (const path of ["/auth/login", callback.slice(app.url.length), "/whoami"]) {
          const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
          const text = await askRaw(app.url, head);
          const expected = path === "/auth/login" ? "302" : path === "/whoami" ? "200" : "400";
          if (text.slice(9, 12) !== expected)
            wrong.push([path.slice(0, 15), cookie.slice(0, 60), text.slice(9, 12)]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(suite.tokenCalls()).toBe(0);
  });

  it("do not make the answer to login grow past 4096 bytes of Set-Cookie", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.open(`${app.url}/auth/login`);
    const [name = ""] = Object.keys(await cookiesOf(browser, app.url));
    const cookie = Array.from(
      { length: 300 },
      (_, i) => `${name.slice(0, -16)}${String(i).padStart(16, "0")}=x`,
    ).join("; ");
    const answer = await ask(app.url, "/auth/login", { headers: { cookie } });
    expect(answer.status).toBe(302);
    expect((answer.headers["set-cookie"] as string[]).join("").length).toBeLessThan(4096);
  });
});

describe("cookies", () => {
  it("survive writeHead with an array, each once (CVE-2025-7339)", async () => {
    const app = await suite.start({
      options: {
        onSignIn({ res }) {
          res.writeHead(200, STATUS_CODES[200], ["Content-Type", "text/plain", "X-Mine", "1"] as never);
          res.end("hello");
        },
      },
    });
    const browser = new Browser();
    const answer = await browser.signIn(suite.emulator, app.url);
    const names = answer.headers.getSetCookie().map((cookie) => cookie.split("=")[0]);
    expect([answer.status, answer.headers.get("x-mine"), names.length, new Set(names).size]).toEqual([
      200,
      "1",
      2,
      2,
    ]);
    expect(names).toContain("connect.sid");
    expect(await suite.isSignedIn(app, browser)).toBe(true);
  });

  it("stay below 4096 bytes each and 8 kB in all with every scope and the worst return paths", async () => {
    const every = Object.keys(scopes) as (keyof typeof scopes)[];
    const app = await suite.start({ options: { scopes: every } });
    for (const letter of ["x", "{", '"', "\u00e9", "\u65e5", "\u{1f600}"]) {
      const browser = new Browser();
      const path = `/${letter.repeat(Math.floor(511 / Buffer.byteLength(letter)))}`;
      for (let i = 0; i < 4; i += 1) {
        const answer = await browser.open(`${app.url}/auth/login?returnTo=${encodeURIComponent(path)}`);
        expect(answer.headers.getSetCookie().join("").length, letter).toBeLessThan(4096);
      }
      // nginx takes no header line above 8 kB: the whole site would be gone for ten minutes.
      expect((await browser.jar.getCookieString(app.url)).length, letter).toBeLessThan(7500);
    }
  });

  it("are never chunked and hold only ids once somebody is signed in", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    expect(Object.keys(await cookiesOf(browser, app.url))).toEqual(["connect.sid"]);
  });
});
