import { describe, expect, it } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { HOSTILE, LEGITIMATE } from "./return-paths.js";
import { ask, type SuiteApp, useSuite } from "./support.js";

const suite = useSuite();

/** Where a browser that got this Location from this page goes. */
const resolve = (location: string, app: SuiteApp, from: string) => new URL(location, `${app.url}${from}`);

describe("the list of hostile return paths", () => {
  it("has at least 150 distinct payloads", () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(150);
    expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
  });
});

describe.each(["", "/app"])("with basePath %j", (basePath) => {
  /** A proxy strips basePath, so the app itself sees /auth/... all the same. */
  const start = () => {
    // Without IDENTITY nobody asks /me, whose rate limit this many sign-ins would hit.
    const scopes = ["READ_BLOCK"] as const;
    return suite.start(
      basePath === ""
        ? { options: { scopes } }
        : {
            callbackPath: `${basePath}/auth/callback`,
            options: { basePath, scopes },
            before: [(req, _res, next) => strip(req, next)],
          },
    );
  };
  const strip = (req: { url: string; originalUrl: string }, next: () => void) => {
    if (req.url.startsWith(`${basePath}/`)) req.url = req.originalUrl = req.url.slice(basePath.length);
    next();
  };
  const login = `${basePath}/auth/login`;
  const logout = `${basePath}/auth/logout`;

  it("leads no sign-in off the app", { timeout: 120_000 }, async () => {
    const app = await start();
    const wrong: unknown[] = [];
    for (const payload of HOSTILE) {
      const browser = new Browser();
      const started = await browser.open(`${app.url}${login}?returnTo=${encodeURIComponent(payload)}`);
      if (started.status === 400 && started.headers.get("location") === null) continue;
      const callback = await browser.open(await suite.emulator.consent(locationOf(started)));
      const location = locationOf(callback);
      const target = resolve(location, app, "/auth/callback");
      // Neither the browser that resolves it nor the next one that gets the resolved path may leave.
      const again = new URL(target.pathname + target.search, app.url);
      const leaves =
        target.origin !== app.url || again.origin !== app.url || !location.startsWith(`${basePath}/`);
      if (callback.status !== 302 || leaves) wrong.push({ payload, status: callback.status, location });
    }
    expect(wrong).toEqual([]);
  });

  it("leads no sign-out off the app, whoever signs out", async () => {
    const app = await start();
    const wrong: unknown[] = [];
    for (const payload of HOSTILE) {
      const out = await new Browser().post(`${app.url}${logout}?returnTo=${encodeURIComponent(payload)}`);
      if (out.status === 400 && out.headers.get("location") === null) continue;
      const location = locationOf(out);
      const leaves =
        resolve(location, app, "/auth/logout").origin !== app.url || !location.startsWith(`${basePath}/`);
      if (out.status !== 303 || leaves) wrong.push({ payload, status: out.status, location });
    }
    expect(wrong).toEqual([]);
  });

  it("keeps what is a path of the app", { timeout: 60_000 }, async () => {
    const app = await start();
    const browser = new Browser();
    const wrong: unknown[] = [];
    for (const path of LEGITIMATE) {
      const query = `?returnTo=${encodeURIComponent(path)}`;
      const callback = await browser.open(
        await browser.consent(suite.emulator, `${app.url}${login}${query}`),
      );
      const out = await browser.post(`${app.url}${logout}${query}`);
      const expected = new URL(basePath + path, app.url).href;
      for (const answer of [callback, out]) {
        const got = resolve(locationOf(answer), app, "/auth/callback").href;
        if (got !== expected) wrong.push({ path, got, expected });
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("the way to a return path", () => {
  it("is the default for an address that cannot be parsed, not an error (CVE-2022-31093)", async () => {
    const app = await suite.start();
    const callback = await new Browser().signIn(suite.emulator, app.url, { returnTo: "http://[" });
    expect([callback.status, locationOf(callback)]).toEqual([302, "/"]);
  });

  it("has no body that repeats the address (CVE-2024-43796)", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const login = await browser.open(
      `${app.url}/auth/login?returnTo=${encodeURIComponent("/<script>alert(1)</script>")}`,
    );
    const callback = await browser.open(await suite.emulator.consent(locationOf(login)));
    const out = await browser.post(`${app.url}/auth/logout?returnTo=%2F%3Cscript%3E`);
    expect([login.status, callback.status, out.status]).toEqual([302, 302, 303]);
    expect(await Promise.all([login.text(), callback.text(), out.text()])).toEqual(["", "", ""]);
  });

  it("stays on the origin when a guarded catch-all route is asked for //evil (CVE-2022-24794)", async () => {
    const app = await suite.start({
      routes: (express) => void express.use((req, res) => void res.json(req.autogpt.user)),
    });
    for (const path of [
      "//evil.example/%2f..",
      "//evil.example",
      "/\\evil.example",
      "/%2f/evil.example",
      "/deep//evil.example",
      "/deep/..//evil.example",
    ]) {
      const refused = await ask(app.url, path, {
        headers: { accept: "text/html", "sec-fetch-mode": "navigate" },
      });
      const location = String(refused.headers.location);
      expect([path, refused.status, resolve(location, app, path).origin]).toEqual([path, 302, app.url]);
      const browser = new Browser();
      const callback = await browser.open(
        await browser.consent(suite.emulator, resolve(location, app, path).href),
      );
      expect([path, resolve(locationOf(callback), app, "/auth/callback").origin]).toEqual([path, app.url]);
    }
  });

  it("takes no other origin from onSignIn, and nobody is signed in then", async () => {
    for (const path of [
      "//evil.example",
      "https://evil.example/",
      "/\\evil.example",
      "javascript:alert(1)",
      "/x\r\nX: y",
      "",
    ]) {
      const app = await suite.start({ options: { onSignIn: () => path } });
      const browser = new Browser();
      const callback = await browser.signIn(suite.emulator, app.url);
      expect([path, callback.status, callback.headers.get("location")]).toEqual([path, 500, null]);
      expect(app.errors[0]).toBeInstanceOf(TypeError);
      expect(await suite.isSignedIn(app, browser)).toBe(false);
    }
  });

  it("may hold any letter when onSignIn chooses it", async () => {
    for (const path of ["/\u65e5\u672c", "/gr\u00f6\u00dfe", "/x?q=\u{1f600}"]) {
      const app = await suite.start({ options: { onSignIn: () => path } });
      const callback = await new Browser().signIn(suite.emulator, app.url);
      expect(callback.status, path).toBe(302);
      expect(resolve(locationOf(callback), app, "/auth/callback").href).toBe(new URL(path, app.url).href);
    }
  });
});
