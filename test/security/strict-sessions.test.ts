import { describe, expect, it } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { cookiesOf, useSuite } from "./support.js";

const suite = useSuite();
const CROSS = { "sec-fetch-site": "cross-site" };

describe.each(["strict", true, "Strict"] as const)("with sessions of sameSite: %j", (sameSite) => {
  // "Strict" is for authors without TypeScript: the cookie library takes it, so browsers see SameSite=Strict.
  const start = () => suite.start({ session: { cookie: { sameSite: sameSite as "strict" } } });

  it("answers the callback once with a page that loads it again, consuming nothing, then signs in", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login?returnTo=/whoami`);
    const attempts = Object.keys(await cookiesOf(browser, app.url));
    const page = await browser.open(callback, CROSS);
    expect([page.status, page.headers.get("location")]).toEqual([200, null]);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    const html = await page.text();
    expect(html).toMatch(/<meta http-equiv="refresh" content="0">/);
    expect(html).not.toMatch(/code=|state=/);
    expect(suite.tokenCalls()).toBe(0);
    expect(Object.keys(await cookiesOf(browser, app.url))).toEqual(expect.arrayContaining(attempts));

    const answer = await browser.open(callback, { "sec-fetch-site": "same-origin" });
    expect(locationOf(answer)).toBe("/whoami");
    expect(await suite.isSignedIn(app, browser)).toBe(true);
    expect(suite.tokenCalls()).toBe(1);
  });

  it("shows the page only once to a browser that does not say where it comes from", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    expect((await browser.fetch(callback)).status).toBe(200);
    expect((await browser.fetch(callback)).status).toBe(302);
    expect(await suite.isSignedIn(app, browser)).toBe(true);
  });

  it("leaves no cookie of ours behind after the sign-in", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    await browser.open(callback, CROSS);
    await browser.open(callback, { "sec-fetch-site": "same-origin" });
    expect(Object.keys(await cookiesOf(browser, app.url))).toEqual(["connect.sid"]);
  });

  it("keeps no cookie for states that nobody began, however many links there are", async () => {
    const app = await start();
    const browser = new Browser();
    for (let i = 0; i < 50; i += 1) {
      const state = String(i).padEnd(43, "x");
      await browser.open(`${app.url}/auth/callback?code=x&state=${state}`, CROSS);
    }
    expect(Object.keys(await cookiesOf(browser, app.url)).length).toBeLessThanOrEqual(3);
  });
});
