import { type Emulator, startEmulator } from "express-autogpt/emulator";
import express4 from "express4";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startApp, type TestApp, type TestAppSettings } from "./harness/app.js";
import { Browser, locationOf } from "./harness/browser.js";

let emulator: Emulator;
let apps: TestApp[] = [];

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.reset());
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(apps.map((app) => app.stop()));
  apps = [];
});

async function start(settings: TestAppSettings = {}): Promise<TestApp> {
  const app = await startApp(emulator, settings);
  apps.push(app);
  return app;
}

/** How often the token endpoint was called. */
function tokenCalls(): number {
  return emulator.requests().filter(({ path }) => path === "/api/oauth/token").length;
}

const versions: [string, TestAppSettings][] = [
  ["Express 5", {}],
  ["Express 4", { create: express4 }],
];

describe.each(versions)("the way through on %s", (_, settings) => {
  it("signs in, knows who it is, reads blocks for the user, and signs out", async () => {
    const app = await start({
      ...settings,
      routes(router) {
        router.get("/blocks", (req, res, next) => {
          req.autogpt.api
            .GET("/v2/blocks", { params: { query: { limit: 1 } } })
            .then(({ data }) => res.json(data?.items.length), next);
        });
      },
    });
    const browser = new Browser();
    expect(await browser.json(`${app.url}/whoami`)).toEqual({ signedIn: false, scopes: [], user: null });

    const callback = await browser.signIn(emulator, app.url, { returnTo: "/welcome?tab=1#top" });
    expect(callback.status).toBe(302);
    expect(locationOf(callback)).toBe("/welcome?tab=1#top");
    const ada = emulator.users[0];
    expect(await browser.json(`${app.url}/whoami`)).toEqual({
      signedIn: true,
      scopes: ["IDENTITY", "READ_BLOCK"],
      user: { id: ada?.id, email: ada?.email, name: ada?.name, timezone: ada?.timezone },
    });
    expect(await browser.json(`${app.url}/blocks`)).toBe(1);

    const signOut = await browser.post(`${app.url}/auth/logout?returnTo=/bye`);
    expect([signOut.status, locationOf(signOut)]).toEqual([303, "/bye"]);
    expect(await browser.json(`${app.url}/whoami`)).toEqual({ signedIn: false, scopes: [], user: null });
    const revocations = emulator.requests().filter(({ path }) => path === "/api/oauth/revoke");
    expect(revocations.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe("the authorization request", () => {
  it("has PKCE with S256, a state, the scopes, and the redirect URI byte for byte", async () => {
    const redirectUri = "https://app.example.com:443/auth/callback";
    const app = await start({ options: { redirectUri, scopes: ["IDENTITY", "READ_LIBRARY"] } });
    const response = await new Browser().open(`${app.url}/auth/login?sameHost=1`);
    const url = new URL(locationOf(response));
    expect(url.origin + url.pathname).toBe(`${emulator.url}/auth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: emulator.application.client_id,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: "IDENTITY READ_LIBRARY",
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(url.searchParams.get("state")).not.toBe(url.searchParams.get("code_challenge"));
  });

  it("does not change with what the return path says", async () => {
    const app = await start();
    const returnTo = encodeURIComponent("/x?scope=admin&redirect_uri=https://evil.example&state=1");
    const url = new URL(locationOf(await new Browser().open(`${app.url}/auth/login?returnTo=${returnTo}`)));
    expect(url.searchParams.get("scope")).toBe("IDENTITY READ_BLOCK");
    expect(url.searchParams.get("redirect_uri")).toBe(`${app.url}/auth/callback`);
    expect([...url.searchParams.keys()]).toHaveLength(7);
  });

  it("asks for no scope that a link names and the app does not", async () => {
    const app = await start();
    const refused = await new Browser().open(`${app.url}/auth/login?scope=DELETE_INTEGRATIONS`);
    expect(refused.status).toBe(400);
    expect(app.errors[0]).toMatchObject({ code: "scope_not_offered" });
    expect((await new Browser().open(`${app.url}/auth/login?scope=IDENTITY+READ_BLOCK`)).status).toBe(302);
  });

  it("sends a visitor on another host to the redirect URI's first, once", async () => {
    const app = await start();
    const elsewhere = app.url.replace("localhost", "127.0.0.1");
    const moved = await new Browser().open(`${elsewhere}/auth/login?returnTo=%2Fx%3Fa%3D1%26b`);
    expect(locationOf(moved)).toBe(`${app.url}/auth/login?returnTo=%2Fx%3Fa%3D1%26b&sameHost=1`);
    expect(moved.headers.getSetCookie()).toEqual([]);
    // A proxy that rewrites Host makes the new host look wrong again: no loop.
    const again = await new Browser().open(`${elsewhere}/auth/login?returnTo=/x&sameHost=1`);
    expect(locationOf(again)).toContain(`${emulator.url}/auth/authorize?`);
  });

  it("starts nothing for HEAD and for a prefetch", async () => {
    const app = await start();
    const head = await fetch(`${app.url}/auth/login`, { method: "HEAD", redirect: "manual" });
    expect([head.status, head.headers.getSetCookie()]).toEqual([204, []]);
    for (const header of ["sec-purpose", "purpose", "x-moz"]) {
      const prefetch = await new Browser().open(`${app.url}/auth/login`, { [header]: "prefetch;prerender" });
      expect([prefetch.status, prefetch.headers.getSetCookie()]).toEqual([503, []]);
      expect(prefetch.headers.get("cache-control")).toBe("no-store");
    }
    const wrong = await new Browser().post(`${app.url}/auth/login`);
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET"]);
  });
});

describe("the transaction", () => {
  it("lives in one HttpOnly, SameSite=Lax cookie on the whole site, and creates no session", async () => {
    const app = await start();
    const response = await new Browser().open(`${app.url}/auth/login`);
    const cookies = response.headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^autogpt-[0-9a-f]{8}-[\w-]{16}=/);
    expect(cookies[0]).toMatch(/; Max-Age=600; Path=\/; .*HttpOnly; SameSite=Lax$/);
    expect(await keysOf(app)).toEqual([]);
  });

  it("is Secure and __Host- where the redirect URI is https, whatever the connection", async () => {
    const app = await start({ options: { redirectUri: "https://app.example.com/auth/callback" } });
    const response = await new Browser().open(`${app.url}/auth/login?sameHost=1`);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-autogpt-.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it("is one per tab: two tabs sign in at once, and the fourth attempt drops the oldest", async () => {
    const app = await start();
    const browser = new Browser();
    const [first, second] = [
      await browser.consent(emulator, `${app.url}/auth/login?returnTo=/first`),
      await browser.consent(emulator, `${app.url}/auth/login?returnTo=/second`),
    ];
    expect(locationOf(await browser.open(second))).toBe("/second");
    expect(locationOf(await browser.open(first))).toBe("/first");

    const attempts: string[] = [];
    for (const path of ["/1", "/2", "/3", "/4"]) {
      attempts.push(await browser.consent(emulator, `${app.url}/auth/login?returnTo=${path}`));
    }
    const answers = [];
    for (const attempt of attempts) answers.push((await browser.open(attempt)).status);
    expect(answers).toEqual([400, 302, 302, 302]);
  });

  it("stays small: a thousand attempts leave three cookies below nginx's limits", async () => {
    const app = await start();
    const browser = new Browser();
    const returnTo = `/${"x".repeat(511)}`;
    for (let i = 0; i < 1000; i += 1) {
      const response = await browser.open(`${app.url}/auth/login?returnTo=${returnTo}`);
      expect(response.headers.getSetCookie().join("\r\n").length).toBeLessThan(4096);
    }
    const cookies = await browser.jar.getCookies(app.url);
    expect(cookies).toHaveLength(3);
    expect((await browser.jar.getCookieString(app.url)).length).toBeLessThan(8192);
  });

  it("ends after ten minutes", async () => {
    const app = await start();
    const browser = new Browser();
    const [late, early] = [
      await browser.consent(emulator, `${app.url}/auth/login`),
      await browser.consent(emulator, `${app.url}/auth/login`),
    ];
    const cookie = await browser.jar.getCookieString(app.url); // a browser whose clock stands still
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 599_000 });
    expect((await browser.fetch(early, { headers: { cookie } })).status).toBe(302);
    vi.setSystemTime(Date.now() + 2_000);
    expect((await browser.fetch(late, { headers: { cookie } })).status).toBe(400);
    expect(tokenCalls()).toBe(1);
  });
});

describe("the callback", () => {
  it("shares one exchange among callbacks with the same state, and all of them are signed in", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${app.url}/auth/login?returnTo=/there`);
    emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 200 });
    const answers = await Promise.all([
      browser.open(callback),
      browser.open(callback),
      browser.open(callback),
    ]);
    expect(answers.map(locationOf)).toEqual(["/there", "/there", "/there"]);
    expect(tokenCalls()).toBe(1);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: true });
  });

  it("is a redirect when the signed-in user loads it again, and 400 for everybody else", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${app.url}/auth/login?returnTo=/there`);
    await browser.open(callback);
    expect(locationOf(await browser.open(callback))).toBe("/there");
    expect((await new Browser().open(callback)).status).toBe(400);
    expect(tokenCalls()).toBe(1);
    expect(app.errors[0]).toMatchObject({ code: "transaction_unknown", status: 400 });
  });

  it("refuses another browser's callback: the attacker's code in the victim's jar, and swapped ones", async () => {
    const app = await start();
    const [attacker, victim] = [new Browser(), new Browser()];
    const [theirs, ours] = [
      await attacker.consent(emulator, `${app.url}/auth/login`),
      await victim.consent(emulator, `${app.url}/auth/login`, { userId: emulator.users[1]?.id ?? "" }),
    ];
    expect(new URL(theirs).searchParams.get("state")).not.toBe(new URL(ours).searchParams.get("state"));
    expect((await victim.open(theirs)).status).toBe(400);
    expect((await attacker.open(ours)).status).toBe(400);
    expect(tokenCalls()).toBe(0);
    expect((await victim.open(ours)).status).toBe(302); // nothing was lost
  });

  it("leads back again when the callback of an earlier tab is loaded again, for that user only", async () => {
    const app = await start();
    const browser = new Browser();
    const [first, second] = [
      await browser.consent(emulator, `${app.url}/auth/login?returnTo=/first`),
      await browser.consent(emulator, `${app.url}/auth/login?returnTo=/second`),
    ];
    for (const callback of [first, second]) expect((await browser.open(callback)).status).toBe(302);
    const calls = tokenCalls();
    for (const [callback, path] of [
      [first, "/first"],
      [second, "/second"],
    ] as const) {
      const again = await browser.open(callback);
      expect([again.status, again.headers.get("location")]).toEqual([302, path]);
    }
    const stranger = new Browser();
    await stranger.signIn(emulator, app.url, { userId: emulator.users[1]?.id ?? "" });
    expect((await stranger.open(first)).status).toBe(400);
    expect((await new Browser().open(first)).status).toBe(400);
    expect(tokenCalls()).toBe(calls + 1); // the stranger's own
  });

  it("keeps the attempt over a passing fault, so that a reload signs in", async () => {
    const app = await start();
    for (const status of [500, 429, 502]) {
      const browser = new Browser();
      const callback = await browser.consent(emulator, `${app.url}/auth/login`);
      emulator.addFault({ path: "/api/oauth/token", times: 1, status, body: "<html>busy</html>" });
      const failed = await browser.open(callback);
      expect([failed.status, failed.headers.get("retry-after")]).toEqual([503, "5"]);
      expect((await browser.open(callback)).status).toBe(302);
    }
  });

  it("tells a refused application from a refused code", async () => {
    const app = await start({ options: { clientSecret: "agpt_secret_wrong" } });
    const wrongSecret = await new Browser().signIn(emulator, app.url);
    expect(wrongSecret.status).toBe(500);
    expect(app.errors[0]).toMatchObject({ name: "ApplicationError", code: "application_refused" });
    expect(await wrongSecret.text()).not.toContain("SECRET");

    const good = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${good.url}/auth/login`);
    emulator.expire(new URL(callback).searchParams.get("code") ?? "");
    expect((await browser.open(callback)).status).toBe(400);
    expect(good.errors[0]).toMatchObject({ name: "CallbackError", code: "code_refused" });
  });

  it("takes an answer that follows RFC 6749 as it is", async () => {
    const app = await start();
    const browser = new Browser();
    const me = { user_id: "rfc-user", email: "rfc@example.com", timezone: "not-set" };
    const tokens = {
      access_token: "a",
      token_type: "bearer",
      expires_in: 3600,
      refresh_token: "r",
      scope: "IDENTITY",
    };
    const callback = await browser.consent(emulator, `${app.url}/auth/login`);
    emulator.addFault({ path: "/api/oauth/token", times: 1, status: 200, body: tokens });
    emulator.addFault({ path: "/external-api/v2/me", times: 1, status: 200, body: me });
    expect((await browser.open(callback)).status).toBe(302);
    expect(await browser.json(`${app.url}/whoami`)).toEqual({
      signedIn: true,
      scopes: ["IDENTITY"],
      user: { id: "rfc-user", email: "rfc@example.com" },
    });
    const other = new Browser();
    const refused = await other.consent(emulator, `${app.url}/auth/login`);
    emulator.addFault({ path: "/api/oauth/token", times: 1, status: 400, body: { error: "invalid_grant" } });
    expect((await other.open(refused)).status).toBe(400);
    expect(app.errors.at(-1)).toMatchObject({ code: "code_refused" });
  });

  it("follows no redirect of the token endpoint", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${app.url}/auth/login`);
    emulator.addFault({
      path: "/api/oauth/token",
      times: 1,
      status: 307,
      headers: { Location: `${emulator.url}/elsewhere` },
    });
    expect((await browser.open(callback)).status).toBe(502);
    expect(emulator.requests().map(({ path }) => path)).not.toContain("/elsewhere");
  });

  it("reports a denial and leaves the session alone", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${app.url}/auth/login`, { decision: "deny" });
    const denied = await browser.open(callback);
    expect(denied.status).toBe(400);
    expect(app.errors[0]).toMatchObject({ name: "CallbackError", code: "access_denied" });
    expect(await browser.jar.getCookies(app.url)).toEqual([]);
    expect(tokenCalls()).toBe(0);
  });

  it("refuses another issuer's answer, and takes one without issuer", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${app.url}/auth/login`);
    expect((await browser.open(`${callback}&iss=https%3A%2F%2Fevil.example`)).status).toBe(400);
    expect(app.errors[0]).toMatchObject({ code: "issuer_mismatch" });
    expect(tokenCalls()).toBe(0);
    expect((await new Browser().signIn(emulator, app.url)).status).toBe(302);
  });

  it("consumes nothing for HEAD and for a prefetch", async () => {
    const app = await start();
    const browser = new Browser();
    const callback = await browser.consent(emulator, `${app.url}/auth/login`);
    expect((await browser.fetch(callback, { method: "HEAD" })).status).toBe(204);
    expect((await browser.open(callback, { "sec-purpose": "prefetch" })).status).toBe(503);
    expect((await browser.open(callback)).status).toBe(302);
  });

  it("is not kept by caches, names no referrer, and holds no token, code or verifier in an address", async () => {
    const app = await start();
    const browser = new Browser();
    const answers = [await browser.open(`${app.url}/auth/login`)];
    const callback = await emulator.consent(locationOf(answers[0] as Response));
    answers.push(await browser.open(callback), await browser.post(`${app.url}/auth/logout`));
    for (const answer of answers) {
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
      expect(answer.headers.get("location")).not.toMatch(/agpt_(xt|rt|secret)_|code=|code_verifier/);
    }
  });
});

describe("who it is", () => {
  it("comes from introspection where IDENTITY was not granted", async () => {
    const app = await start({ options: { scopes: ["READ_BLOCK"] } });
    const browser = new Browser();
    await browser.signIn(emulator, app.url);
    expect(await browser.json(`${app.url}/whoami`)).toEqual({
      signedIn: true,
      scopes: ["READ_BLOCK"],
      user: { id: emulator.users[0]?.id },
    });
  });

  it("comes from /v1/me where the instance has no v2", async () => {
    const app = await start();
    const browser = new Browser();
    emulator.addFault({ path: "/external-api/v2/me", times: 1, status: 404, body: { detail: "Not Found" } });
    await browser.signIn(emulator, app.url);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({
      user: { email: emulator.users[0]?.email },
    });
    expect(emulator.requests().map(({ path }) => path)).toContain("/external-api/v1/me");
  });

  it("gives the tokens back when the platform does not say", async () => {
    const app = await start();
    emulator.addFault({ path: "/external-api/v2/me", times: 9, status: 500, body: "oops" });
    const failed = await new Browser().signIn(emulator, app.url);
    expect(failed.status).toBe(503);
    await expect
      .poll(() => emulator.requests().filter(({ path }) => path.endsWith("/revoke")).length)
      .toBe(2);
  });
});

/** The ids of the sessions in the app's store. */
async function keysOf(app: TestApp): Promise<string[]> {
  return new Promise((resolve, reject) => {
    app.store.all((error, sessions) => (error ? reject(error) : resolve(Object.keys(sessions ?? {}))));
  });
}
