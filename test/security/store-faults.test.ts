import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { type GrantStore, memoryGrants } from "express-autogpt";
import session from "express-session";
import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { ask, copyOf, EVE, useSuite } from "./support.js";

const suite = useSuite();

/** A session store whose operations can be made to fail. */
class FaultyStore extends session.MemoryStore {
  failing = new Set<"get" | "set" | "destroy" | "touch">();
  #fail(operation: "get" | "set" | "destroy" | "touch", callback?: (error?: unknown) => void): boolean {
    if (!this.failing.has(operation)) return false;
    setImmediate(() => callback?.(new Error("ECONNRESET by the store")));
    return true;
  }
  override get(sid: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
    if (!this.#fail("get", callback)) super.get(sid, callback);
  }
  override set(sid: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    if (!this.#fail("set", callback)) super.set(sid, data, callback);
  }
  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    if (!this.#fail("destroy", callback)) super.destroy(sid, callback);
  }
}

/** A grant store whose operations can be made to fail. */
function faultyGrants() {
  const failing = new Set<keyof GrantStore>();
  const inner = memoryGrants();
  const store: GrantStore = {
    ...inner,
    create: (grant) => attempt("create", () => inner.create(grant)),
    read: (key) => attempt("read", () => inner.read(key)),
    swap: (grant, expected) => attempt("swap", () => inner.swap(grant, expected)),
    list: (user) => attempt("list", () => inner.list(user)),
  };
  async function attempt<T>(operation: keyof GrantStore, work: () => Promise<T>): Promise<T> {
    if (failing.has(operation)) throw new Error("ECONNRESET by the store");
    return work();
  }
  return { failing, store };
}

const revocations = () => suite.calls("/api/oauth/revoke");

describe.each(["set", "destroy"] as const)("a session store that fails at %s", (operation) => {
  it("signs nobody in at a first sign-in that needs it, and leaves no grant", async () => {
    const store = new FaultyStore();
    const app = await suite.start({ session: { store } });
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    store.failing.add(operation);
    const failed = await browser.open(callback);
    expect([failed.status, failed.headers.get("location")]).toEqual([503, null]);
    expect(app.errors[0]).toMatchObject({ name: "StoreError", code: "store_unavailable", status: 503 });
    store.failing.clear();
    expect(await suite.isSignedIn(app, browser)).toBe(false);
    await expect.poll(revocations).toBe(2);
  });

  it("signs nobody in at a second one, under neither user", async () => {
    const store = new FaultyStore();
    const app = await suite.start({ session: { store } });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`, { userId: EVE.id });
    store.failing.add(operation);
    expect((await browser.open(callback)).status).toBe(503);
    store.failing.clear();
    expect(await browser.json(`${app.url}/whoami`)).not.toMatchObject({ user: { id: EVE.id } });
  });
});

describe("a session store that fails", () => {
  it("at get answers 503 everywhere, never as nobody", async () => {
    const store = new FaultyStore();
    const app = await suite.start({ session: { store } });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    suite.emulator.clearRequests();
    store.failing.add("get");
    const paths = ["/whoami", "/private", "/auth/login", callback.slice(app.url.length)];
    for (const path of paths) {
      const answer = await browser.open(app.url + path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "5"]);
    }
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(503);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ code: "store_unavailable" });
    expect(suite.emulator.requests()).toEqual([]);
    store.failing.clear();
    expect(await suite.isSignedIn(app, browser)).toBe(true);
  });

  it("is told from an app that fails: a session which the app destroyed is no fault of the store", async () => {
    const app = await suite.start({
      routes: (express) =>
        express.get("/leave", (req, _res, next) => req.session.destroy(() => next(new Error("a bug")))),
    });
    expect((await new Browser().open(`${app.url}/leave`)).status).toBe(500);
  });

  it("at destroy does not stop the sign-out: the old cookie is dead and the tokens are revoked", async () => {
    const store = new FaultyStore();
    const app = await suite.start({ session: { store } });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    store.failing.add("destroy");
    expect([303, 503]).toContain((await browser.post(`${app.url}/auth/logout`)).status);
    store.failing.clear();
    expect(await suite.isSignedIn(app, browser)).toBe(false);
    // The grant can be ended only once, so nobody else will ever do it (design section 5, "Ending").
    await expect.poll(revocations).toBe(2);
  });

  it("and tells express-session so: 503 on each route, and back again", async () => {
    const app = await suite.start();
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    app.store.emit("disconnect");
    for (const path of ["/whoami", "/private", "/auth/login", "/auth/callback?code=x&state=y"]) {
      const answer = await browser.open(app.url + path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "5"]);
    }
    expect((await browser.post(`${app.url}/auth/logout`)).status).toBe(503);
    app.store.emit("connect");
    expect(await suite.isSignedIn(app, browser)).toBe(true);
  });
});

describe("a grant store that fails", () => {
  it.each(["create", "read", "swap"] as const)(
    "at %s answers 503 and changes nobody's sign-in",
    async (operation) => {
      const { failing, store: grants } = faultyGrants();
      const first = await suite.start({ options: { grants } });
      const browser = new Browser();
      await browser.signIn(suite.emulator, first.url);
      const app = await suite.start({ options: { grants }, session: { store: first.store } }); // remembers nothing
      const stranger = new Browser();
      const callback = await stranger.consent(suite.emulator, `${app.url}/auth/login`);
      failing.add(operation);
      const expected = { create: [200, 302, 303], read: [503, 503, 503], swap: [200, 302, 503] }[operation];
      const kept = await copyOf(browser);
      const statuses = [(await browser.open(`${app.url}/whoami`)).status];
      if (operation !== "read") statuses.push(302);
      else statuses.push((await browser.open(`${app.url}/private`)).status);
      statuses.push((await browser.post(`${app.url}/auth/logout`)).status);
      expect(statuses).toEqual(expected);
      if (operation === "create") {
        expect((await stranger.open(callback)).status).toBe(503);
        expect(await suite.isSignedIn(app, stranger)).toBe(false);
        await expect.poll(revocations).toBe(4); // the sign-out's, and the grant that could not be kept
      }
      failing.clear();
      expect(await suite.isSignedIn(app, kept)).toBe(operation !== "create");
    },
  );

  it("while the old grant ends leaves no new one: nobody is signed in twice", async () => {
    const { failing, store: grants } = faultyGrants();
    const app = await suite.start({ options: { grants } });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`, { userId: EVE.id });
    failing.add("swap");
    expect((await browser.open(callback)).status).toBe(503);
    failing.clear();
    expect(await browser.json(`${app.url}/whoami`)).not.toMatchObject({ user: { id: EVE.id } });
  });
});

describe("an app without express-session", () => {
  /** The same router behind other middleware. */
  async function openBehind(middleware: RequestHandler) {
    const { autogpt } = await suite.start();
    const errors: Error[] = [];
    const bare = express().set("env", "test").use(middleware, autogpt.router);
    bare.get("/whoami", (req, res) => void res.json(req.autogpt.signedIn));
    bare.use(((error, _req, _res, next) => {
      errors.push(error);
      next(error);
    }) satisfies ErrorRequestHandler);
    bare.use(autogpt.errorHandler());
    const url = await suite.serve(bare);
    const answers = await Promise.all(["/whoami", "/auth/login"].map((path) => ask(url, path)));
    return {
      statuses: answers.map(({ status }) => status),
      bodies: answers.map(({ body }) => body).join(),
      errors,
    };
  }

  it("gets 500 and the lines that are missing, not an anonymous visitor", async () => {
    const { statuses, bodies, errors } = await openBehind((_req, _res, next) => next());
    expect(statuses).toEqual([500, 500]);
    expect(errors[0]?.message).toContain('import session from "express-session"');
    expect(errors[0]).toMatchObject({ code: "setup_incomplete" });
    expect(bodies).not.toContain("SESSION_SECRET"); // that is for the operator
  });

  it("that has cookie-session or its like is told so", async () => {
    const { statuses, errors } = await openBehind((req, _res, next) => {
      Object.assign(req, { session: { isNew: true } });
      next();
    });
    expect(statuses).toEqual([500, 500]);
    expect(errors[0]?.message).toContain("cookie-session");
  });
});
