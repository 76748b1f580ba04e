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
