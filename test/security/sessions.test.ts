import session from "express-session";
import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser, locationOf } from "../harness/browser.js";
import { ADA, cookiesOf, copyOf, EVE, sessionIds, useSuite } from "./support.js";

const suite = useSuite();

declare module "express-session" {
  interface SessionData {
    cart: string;
  }
}

/** Routes of an app that keeps something of its own in the session. */
const shop: TestAppSettings = {
  routes(express) {
    express.get("/put", (req, res) => {
      req.session.cart = String(req.query.what);
      res.end();
    });
    express.get("/cart", (req, res) => void res.json(req.session.cart ?? null));
  },
};

describe("session fixation (CVE-2021-41246, CVE-2022-25896)", () => {
  it("has no chance at sign-in: the planted id is not signed in and gone from the store", async () => {
    const app = await suite.start(shop);
    const attacker = new Browser();
    await attacker.open(`${app.url}/put?what=planted`);
    const victim = await copyOf(attacker); // the attacker's session cookie, planted
    const [planted = ""] = await sessionIds(app);
    await victim.signIn(suite.emulator, app.url);
    expect(await suite.isSignedIn(app, victim)).toBe(true);
    expect(await suite.isSignedIn(app, attacker)).toBe(false);
    const ids = await sessionIds(app);
    expect([ids.length, ids.includes(planted)]).toEqual([1, false]);
    expect(await attacker.json(`${app.url}/cart`)).toBe(null);
  });

  it("has no chance at sign-out: the id is gone, also for who copied it", async () => {
    const app = await suite.start(shop);
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const copy = await copyOf(browser);
    await browser.post(`${app.url}/auth/logout`);
    expect(await sessionIds(app)).toEqual([]);
    await copy.open(`${app.url}/put?what=x`);
    expect(await suite.isSignedIn(app, copy)).toBe(false);
    await browser.signIn(suite.emulator, app.url);
    expect(await suite.isSignedIn(app, copy)).toBe(false);
  });

  it("has no chance with an id of its own making, under saveUninitialized and resave too", async () => {
    const app = await suite.start({ session: { saveUninitialized: true, resave: true } });
    const browser = new Browser();
    await browser.open(`${app.url}/whoami`);
    const [before] = await sessionIds(app);
    const copy = await copyOf(browser);
    await browser.signIn(suite.emulator, app.url);
    expect(await sessionIds(app)).not.toContain(before);
    expect(await suite.isSignedIn(app, copy)).toBe(false);
  });
});

describe("what the app put into the session", () => {
  it("stays the visitor's over sign-in, and the same user's over another one", async () => {
    const app = await suite.start(shop);
    const browser = new Browser();
    await browser.open(`${app.url}/put?what=book`);
    await browser.signIn(suite.emulator, app.url);
    expect(await browser.json(`${app.url}/cart`)).toBe("book");
    await browser.signIn(suite.emulator, app.url);
    expect(await browser.json(`${app.url}/cart`)).toBe("book");
  });

  it("never becomes another user's, and the old grant ends", async () => {
    const app = await suite.start(shop);
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    await browser.open(`${app.url}/put?what=adas`);
    const before = await copyOf(browser);
    await browser.signIn(suite.emulator, app.url, { userId: EVE.id });
    expect(await browser.json(`${app.url}/cart`)).toBe(null);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ user: { id: EVE.id } });
    expect(await suite.isSignedIn(app, before)).toBe(false);
    await expect.poll(() => suite.calls("/api/oauth/revoke")).toBe(2);
  });

  it("never becomes another user's when the first one's grant was lost in between", async () => {
    const app = await suite.start(shop);
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url, { userId: ADA.id });
    await browser.open(`${app.url}/put?what=adas`);
    // A restart: memoryGrants() forgets all grants, the session store keeps the sessions.
    const restarted = await suite.start({ ...shop, session: { store: app.store } });
    expect(await suite.isSignedIn(restarted, browser)).toBe(false); // the page that Ada's browser shows next
    await browser.signIn(suite.emulator, restarted.url, { userId: EVE.id });
    expect(await browser.json(`${restarted.url}/whoami`)).toMatchObject({ user: { id: EVE.id } });
    expect(await browser.json(`${restarted.url}/cart`)).toBe(null);
  });

  it("goes with the sign-out, also when the grant was lost before", async () => {
    const app = await suite.start(shop);
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    await browser.open(`${app.url}/put?what=adas`);
    const restarted = await suite.start({ ...shop, session: { store: app.store } });
    expect(await suite.isSignedIn(restarted, browser)).toBe(false);
    await browser.post(`${restarted.url}/auth/logout`);
    expect(await browser.json(`${restarted.url}/cart`)).toBe(null);
  });

  it("cannot forge a sign-in by its shape", async () => {
    for (const mark of [
      true,
      "x",
      {},
      [],
      { user: "u", id: "i" },
      { user: "u", id: "i", state: "s", returnTo: "//evil.example" },
      { user: 1, id: 2, state: 3, returnTo: 4 },
    ]) {
      const app = await suite.start({
        routes(express) {
          express.get("/forge", (req, res) => {
            // The key of the mark: autogpt: and the instance, which the attempt's cookie shows.
            Reflect.set(req.session, `autogpt:${req.query.instance}`, mark);
            res.end();
          });
        },
      });
      const browser = new Browser();
      await browser.open(`${app.url}/auth/login`);
      const [name = ""] = Object.keys(await cookiesOf(browser, app.url));
      await browser.open(`${app.url}/forge?instance=${name.split("-")[1]}`);
      expect(await browser.json(`${app.url}/whoami`)).toEqual({ signedIn: false, scopes: [], user: null });
      expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    }
  });
});

it("another application's sign-in in the same session stays when somebody else signs in", async () => {
  const app = await suite.start({
    routes(express) {
      express.get("/other", (req, res) => {
        Reflect.set(req.session, "autogpt:0123abcd", "of another signInWithAutoGPT()");
        res.end();
      });
      express.get("/both", (req, res) => void res.json(Reflect.get(req.session, "autogpt:0123abcd")));
    },
  });
  const browser = new Browser();
  await browser.signIn(suite.emulator, app.url);
  await browser.open(`${app.url}/other`);
  await browser.signIn(suite.emulator, app.url, { userId: EVE.id });
  expect(await browser.json(`${app.url}/both`)).toBe("of another signInWithAutoGPT()");
});

it("a session cookie with a path signs in below it, and elsewhere everybody is a visitor", async () => {
  const app = await suite.start({ callbackPath: "/in/auth/callback", session: { cookie: { path: "/in" } } });
  const browser = new Browser();
  expect((await browser.fetch(`${app.url}/whoami`)).status).toBe(500); // no session was ever seen
  expect(String(app.errors[0])).toContain('app.use("/path", autogpt.router)');
  const login = await browser.open(`${app.url}/in/auth/login`);
  await browser.open(await suite.emulator.consent(login.headers.get("location") ?? ""));
  const session = await browser.json(`${app.url}/in/auth/session`);
  expect(session).toMatchObject({ signedIn: true, user: { id: ADA.id } });
  expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: false });
});

describe("a slow session store", () => {
  class SlowStore extends session.MemoryStore {
    override set(sid: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
      setTimeout(() => super.set(sid, data, callback), 300);
    }
  }

  it("is waited for: whoever follows the redirect at once is signed in", async () => {
    for (const callbackPath of ["/auth/callback", "/"]) {
      const app = await suite.start({ session: { store: new SlowStore() }, callbackPath });
      const browser = new Browser();
      const login = callbackPath === "/" ? "/login" : "/auth/login";
      const answer = await browser.open(
        await browser.consent(suite.emulator, `${app.url}${login}?returnTo=/whoami`),
      );
      expect(locationOf(answer)).toBe("/whoami");
      expect(await suite.isSignedIn(app, browser)).toBe(true);
    }
  });
});

describe("a sign-in that fails in the app", () => {
  it("leaves neither a session nor a grant, whether it was the first or not", async () => {
    let fail = false;
    const onSignIn = async () => {
      if (fail) throw new Error("no such customer");
    };
    const app = await suite.start({ options: { onSignIn } });
    const browser = new Browser();
    fail = true;
    expect((await browser.signIn(suite.emulator, app.url)).status).toBe(500);
    expect(await suite.isSignedIn(app, browser)).toBe(false);
    expect(await sessionIds(app)).toEqual([]);
    await expect.poll(() => suite.calls("/api/oauth/revoke")).toBe(2);

    fail = false;
    await browser.signIn(suite.emulator, app.url);
    fail = true;
    suite.emulator.clearRequests();
    expect((await browser.signIn(suite.emulator, app.url, { userId: EVE.id })).status).toBe(500);
    expect(await suite.isSignedIn(app, browser)).toBe(false);
    // The session that the first grant belonged to is gone with its id, so its tokens must not live on unseen.
    await expect.poll(() => suite.calls("/api/oauth/revoke")).toBe(4);
  });
});
