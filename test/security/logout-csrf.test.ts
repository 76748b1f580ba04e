import helmet from "helmet";
import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { ask, type SuiteApp, useSuite } from "./support.js";

const suite = useSuite();
const TRUSTED = "https://www.example.com";

/** Origin as a function of the app's own; undefined: not sent. */
const origins: Record<string, (own: string) => string | undefined> = {
  none: () => undefined,
  own: (own) => own,
  trusted: () => TRUSTED,
  null: () => "null",
  empty: () => "",
  evil: () => "https://evil.example",
  "own with a slash": (own) => `${own}/`,
  "own in capitals": (own) => own.toUpperCase(),
  "own as https": (own) => own.replace("http:", "https:"),
  "own on another port": () => "http://localhost:1",
  "own and more": (own) => `${own}.evil.example`,
  "own twice": (own) => `${own}, ${own}`,
  "own before evil": (own) => `${own} https://evil.example`,
  "trusted and more": () => `${TRUSTED}.evil.example`,
  "trusted as http": () => "http://www.example.com",
};
const sites = [
  undefined,
  "same-origin",
  "none",
  "same-site",
  "cross-site",
  "",
  "SAME-ORIGIN",
  "same-origin, cross-site",
  "x",
];

/**
 * The rule of design section 10, written again: a trusted origin passes; `Sec-Fetch-Site`, if present, must be
 * `same-origin` or `none`; otherwise `Origin` must be the redirect URI's. Null and missing are refused.
 */
function mayPass(
  site: string | undefined,
  origin: string | undefined,
  own: string,
  trusted: boolean,
): boolean {
  if (trusted && origin === TRUSTED) return true;
  return site === undefined ? origin === own : site === "same-origin" || site === "none";
}

describe.each([
  ["by default", {}, false],
  ["with helmet's defaults", { before: [helmet()] }, false],
  ["with a trusted origin", { options: { trustedOrigins: [TRUSTED] } }, true],
] as const)("logout %s", (_, settings, trusted) => {
  const start = () => suite.start({ ...settings, before: "before" in settings ? [...settings.before] : [] });

  /** Signs in, asks for the sign-out, and says what became of it. */
  async function signOut(app: SuiteApp, method: string, headers: Record<string, string>) {
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const cookie = await browser.jar.getCookieString(app.url);
    const answer = await ask(app.url, "/auth/logout", { method, headers: { cookie, ...headers } });
    return { status: answer.status, out: !(await suite.isSignedIn(app, browser)) };
  }

  it("asks who sends the form: Sec-Fetch-Site first, then Origin", { timeout: 60_000 }, async () => {
    const app = await start();
    const wrong: unknown[] = [];
    for (const site of sites) {
      for (const [name, originOf] of Object.entries(origins)) {
        suite.emulator.advanceClock(60); // past the rate limit of /me
        const origin = originOf(app.url);
        const headers = {
          ...(site !== undefined && { "sec-fetch-site": site }),
          ...(origin !== undefined && { origin }),
        };
        const { status, out } = await signOut(app, "POST", headers);
        const pass = mayPass(site, origin, app.url, trusted);
        if (status !== (pass ? 303 : 403) || out !== pass) wrong.push({ site, name, status, out, pass });
      }
    }
    expect(wrong).toEqual([]);
  });

  it("happens by POST alone", async () => {
    const app = await start();
    for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]) {
      for (const site of ["same-origin", "none", "cross-site"]) {
        const { status, out } = await signOut(app, method, { "sec-fetch-site": site, origin: app.url });
        expect([method, site, status, out]).toEqual([method, site, 405, false]);
      }
    }
  });
});

it("a forged Host or a forwarded one makes no origin ours", async () => {
  const app = await suite.start({
    before: [(req, _res, next) => next(void req.app.set("trust proxy", true))],
  });
  for (const headers of [
    { host: "evil.example" },
    { "x-forwarded-host": "evil.example" },
    { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
  ]) {
    for (const origin of ["https://evil.example", "http://evil.example"]) {
      const browser = new Browser();
      await browser.signIn(suite.emulator, app.url);
      const cookie = await browser.jar.getCookieString(app.url);
      const answer = await ask(app.url, "/auth/logout", {
        method: "POST",
        headers: { cookie, origin, ...headers },
      });
      expect(answer.status).toBe(403);
      expect(await suite.isSignedIn(app, browser)).toBe(true);
    }
  }
});
