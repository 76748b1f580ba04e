import type { RequestHandler } from "express";
import { type GrantStore, memoryGrants } from "express-autogpt";
import { describe, expect, it } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { ADA, copyOf, EVE, useSuite } from "./support.js";

const suite = useSuite();

/** A gate that requests wait at; `arrived` tells when one stands there. */
function gate() {
  let open = () => {};
  let arrive = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  return {
    open: () => open(),
    arrived,
    async wait() {
      arrive();
      await opened;
    },
  };
}

/** A store whose next read has its answer, but brings it only when the gate opens. */
function lateStore(inner: GrantStore = memoryGrants()) {
  let late: ReturnType<typeof gate> | undefined;
  const store: GrantStore = {
    ...inner,
    async read(key) {
      const row = await inner.read(key);
      const held = late;
      late = undefined;
      await held?.wait();
      return row;
    },
  };
  return { store, holdNextRead: () => (late = gate()) };
}

describe("a request that was under way when the person signed out", () => {
  it("saves its session, and the old cookie signs nobody in", async () => {
    const slow = gate();
    const app = await suite.start({
      routes(express) {
        express.get("/slow", async (req, res) => {
          await slow.wait();
          req.session.cart = "late";
          res.json(req.autogpt.signedIn);
        });
      },
    });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const stale = await copyOf(browser);
    const request = stale.json(`${app.url}/slow`);
    await slow.arrived;
    await browser.post(`${app.url}/auth/logout`);
    slow.open();
    expect(await request).toBe(true);
    expect(await suite.isSignedIn(app, stale)).toBe(false);
  });

  it("is the last one signed in, though its answer from the grant store came after the sign-out", async () => {
    const grants = memoryGrants();
    const { store, holdNextRead } = lateStore(grants);
    const first = await suite.start({ options: { grants } });
    const browser = new Browser();
    await browser.signIn(suite.emulator, first.url);
    // Another process, which has to ask the store who is signed in.
    const app = await suite.start({
      options: { grants: store },
      session: { store: first.store },
      routes(express) {
        express.get("/touch", (req, res) => {
          req.session.cart = "late";
          res.json(req.autogpt.signedIn);
        });
      },
    });
    const stale = await copyOf(browser);
    const held = holdNextRead();
    const request = stale.json(`${app.url}/touch`);
    await held.arrived;
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    held.open();
    await request;
    // The design promises: sign-out elsewhere works within 60 s, here at once.
    expect(await suite.isSignedIn(app, stale)).toBe(false);
  });
});

describe("signing in and out at the same time", () => {
  it("ends signed in or out, never with an error or with the old grant", async () => {
    const app = await suite.start();
    for (let i = 0; i < 5; i += 1) {
      const browser = new Browser();
      await browser.signIn(suite.emulator, app.url);
      const old = await copyOf(browser);
      const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`, { userId: EVE.id });
      const answers = await Promise.all([browser.open(callback), browser.post(`${app.url}/auth/logout`)]);
      expect(answers.map(({ status }) => status)).toEqual([302, 303]);
      expect(await suite.isSignedIn(app, old)).toBe(false);
    }
    expect(app.errors).toEqual([]);
  });

  it("signs out while the platform still answers the callback's token call: the new sign-in is whole", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`, { userId: EVE.id });
    suite.emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 300 });
    const signingIn = browser.open(callback);
    await browser.post(`${app.url}/auth/logout`);
    expect((await signingIn).status).toBe(302);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ user: { id: EVE.id } });
  });

  it("keeps two people in one browser apart: the later callback decides", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const ada = await browser.consent(suite.emulator, `${app.url}/auth/login?returnTo=/ada`, {
      userId: ADA.id,
    });
    const eve = await browser.consent(suite.emulator, `${app.url}/auth/login?returnTo=/eve`, {
      userId: EVE.id,
    });
    expect(locationOf(await browser.open(eve))).toBe("/eve");
    const asEve = await copyOf(browser);
    expect(locationOf(await browser.open(ada))).toBe("/ada");
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ user: { id: ADA.id } });
    expect(await suite.isSignedIn(app, asEve)).toBe(false);
  });

  it("handles fifty callbacks of fifty browsers at once, each for its own user", async () => {
    const app = await suite.start({ options: { scopes: ["READ_BLOCK"] } });
    const jobs = Array.from({ length: 50 }, async (_, i) => {
      const [browser, userId] = [new Browser(), i % 2 ? ADA.id : EVE.id];
      return {
        browser,
        userId,
        callback: await browser.consent(suite.emulator, `${app.url}/auth/login?returnTo=/${i}`, { userId }),
      };
    });
    const ready = await Promise.all(jobs);
    const answers = await Promise.all(ready.map(({ browser, callback }) => browser.open(callback)));
    expect(answers.map(locationOf)).toEqual(ready.map((_, i) => `/${i}`));
    const who = await Promise.all(ready.map(({ browser }) => browser.json(`${app.url}/whoami`)));
    expect(who).toEqual(ready.map(({ userId }) => expect.objectContaining({ user: { id: userId } })));
    expect(suite.tokenCalls()).toBe(50);
  });

  it("takes one callback fifty times at once with one token call", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser.open(callback)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([302]));
    expect(suite.tokenCalls()).toBe(1);
    await browser.post(`${app.url}/auth/logout`);
    expect((await browser.open(callback)).status).toBe(400);
  });

  it("takes a sign-out that is sent twice", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const [a, b] = await Promise.all([
      browser.post(`${app.url}/auth/logout`),
      browser.post(`${app.url}/auth/logout`),
    ]);
    expect([a.status, b.status, (await browser.post(`${app.url}/auth/logout`)).status]).toEqual([
      303, 303, 303,
    ]);
    expect(suite.calls("/api/oauth/revoke")).toBe(2);
  });

  it("takes the back button after sign-out: login, callback and private page", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    await browser.open(callback);
    await browser.post(`${app.url}/auth/logout`);
    expect((await browser.open(callback)).status).toBe(400);
    expect(locationOf(await browser.open(`${app.url}/private`))).toBe("/auth/login?returnTo=%2Fprivate");
    expect((await browser.open(`${app.url}/auth/login`)).status).toBe(302);
    expect(await suite.isSignedIn(app, browser)).toBe(false);
  });

  it("does not keep the person waiting when the platform does not answer the revocation", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    suite.emulator.addFault({ path: "/api/oauth/revoke", times: 2, delay_ms: 6000 });
    const start = Date.now();
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(303);
    expect(Date.now() - start).toBeLessThan(5000);
    expect(await suite.isSignedIn(app, browser)).toBe(false);
  });

  it("ends a grant that no answer can name any more, because something else answered the callback", async () => {
    const hasty: RequestHandler = (req, res, next) => {
      if (req.path === "/auth/callback") setTimeout(() => res.status(503).end("too slow"), 50);
      next();
    };
    for (const fault of [undefined, { path: "/external-api/v2/me", times: 1, status: 403, body: {} }]) {
      const app = await suite.start({ before: [hasty] });
      const browser = new Browser();
      const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
      suite.emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 200 });
      if (fault) suite.emulator.addFault(fault);
      suite.emulator.clearRequests();
      expect((await browser.open(callback)).status).toBe(503);
      await expect.poll(() => suite.calls("/api/oauth/revoke")).toBe(2);
      expect(await suite.isSignedIn(app, browser)).toBe(false);
    }
  });
});
