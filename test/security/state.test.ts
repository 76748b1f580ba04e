import { describe, expect, it } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { cookiesOf, EVE, OTHER, sessionIds, useSuite } from "./support.js";

const suite = useSuite();

/** The callback's address with another query. */
function changed(callback: string, change: (query: URLSearchParams) => void): string {
  const url = new URL(callback);
  change(url.searchParams);
  return url.href;
}

describe("a callback", () => {
  it("without a state, or with one that is not ours, is 400 and calls nobody", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    const state = new URL(callback).searchParams.get("state") ?? "";
    const before = await cookiesOf(browser, app.url);
    const variants: [string, (query: URLSearchParams) => void][] = [
      ["no state", (query) => query.delete("state")],
      ["an empty state", (query) => query.set("state", "")],
      ["two states", (query) => query.append("state", state)],
      [
        "an array",
        (query) => {
          query.delete("state");
          query.append("state[]", state);
        },
      ],
      ["another state", (query) => query.set("state", "A".repeat(43))],
      ["the same first 16 letters", (query) => query.set("state", state.slice(0, 16) + "A".repeat(27))],
      [
        "the last letter changed",
        (query) => query.set("state", state.slice(0, 42) + (state.endsWith("A") ? "B" : "A")),
      ],
      ["one letter less", (query) => query.set("state", state.slice(0, 42))],
      ["one letter more", (query) => query.set("state", `${state}A`)],
      ["white space around it", (query) => query.set("state", ` ${state} `)],
      ["no code", (query) => query.delete("code")],
      ["two codes", (query) => query.append("code", "x")],
    ];
    for (const [what, change] of variants) {
      const answer = await browser.open(changed(callback, change));
      expect([what, answer.status, answer.headers.getSetCookie()]).toEqual([what, 400, []]);
    }
    expect(suite.tokenCalls()).toBe(0);
    expect(await cookiesOf(browser, app.url)).toEqual(before);
    expect(await sessionIds(app)).toEqual([]);
    expect((await browser.open(callback)).status).toBe(302); // the attempt is still there
  });

  it.each([
    ["code", ""],
    ["response", "a.b.c"],
    ["id_token", "a.b.c"],
    ["iss", "https://evil.example"],
    ["iss", "null"],
  ])("with %s=%j is 400 and calls nobody", async (name, value) => {
    const app = await suite.start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    suite.emulator.clearRequests();
    const answer = await browser.open(changed(callback, (query) => query.set(name, value)));
    expect([answer.status, suite.tokenCalls()]).toEqual([400, 0]);
    expect(await suite.isSignedIn(app, browser)).toBe(false);
  });

  it("with both code and error signs nobody in (RFC 6749 section 4.1.2.1)", async () => {
    const app = await suite.start();
    for (const error of ["access_denied", "x"]) {
      const browser = new Browser();
      const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
      const answer = await browser.open(changed(callback, (query) => query.set("error", error)));
      expect([error, answer.status]).toEqual([error, 400]);
    }
    expect(suite.tokenCalls()).toBe(0);
  });

  it("is worth nothing without the attempt's cookie, and names no verifier anywhere", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const login = await browser.open(`${app.url}/auth/login`);
    const callback = await suite.emulator.consent(locationOf(login));
    expect((await new Browser().open(callback)).status).toBe(400);
    expect(suite.tokenCalls()).toBe(0);
    expect(locationOf(login) + callback).not.toMatch(/verifier/);
  });

  it("signs in once: a replay by somebody who copied the attempt's cookie calls nobody and ends with the sign-out", async () => {
    const app = await suite.start();
    const [browser, thief] = [new Browser(), new Browser()];
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    thief.jar = await browser.jar.clone();
    await browser.open(callback);
    await browser.post(`${app.url}/auth/logout`);
    expect((await thief.open(callback)).status).toBe(400);
    expect(await suite.isSignedIn(app, thief)).toBe(false);
    expect(suite.tokenCalls()).toBe(1);
  });

  it("with the attacker's code in the victim's attempt signs nobody in", async () => {
    const app = await suite.start();
    const [attacker, victim] = [new Browser(), new Browser()];
    const theirs = await attacker.consent(suite.emulator, `${app.url}/auth/login`, { userId: EVE.id });
    const ours = await victim.consent(suite.emulator, `${app.url}/auth/login`);
    const code = new URL(theirs).searchParams.get("code") ?? "";
    const answer = await victim.open(changed(ours, (query) => query.set("code", code)));
    expect(answer.status).toBe(400); // the verifier is not the one the code was asked with (RFC 7636)
    expect(app.errors[0]).toMatchObject({ name: "CallbackError", code: "code_refused" });
    expect(await suite.isSignedIn(app, victim)).toBe(false);
  });

  it("never consumes one attempt for another's error", async () => {
    const app = await suite.start();
    const browser = new Browser();
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    expect((await browser.open(`${app.url}/auth/callback?error=access_denied`)).status).toBe(400);
    expect(
      (await browser.open(`${app.url}/auth/callback?error=access_denied&state=${"A".repeat(43)}`)).status,
    ).toBe(400);
    expect((await browser.open(callback)).status).toBe(302);
  });
});

describe("two instances in one app", () => {
  /** The second instance: another application at the same platform, beside the first. */
  async function startTwo(same: { application: boolean; secret: boolean }) {
    const { emulator } = suite;
    const { signInWithAutoGPT } = await import("express-autogpt");
    const other = same.application ? emulator.application : OTHER;
    let second: ReturnType<typeof signInWithAutoGPT> | undefined;
    const app = await suite.start({
      routes(express) {
        express.use((req, res, next) => second?.router(req, res, next));
        express.get("/second", (req, res) => void res.json(req.autogpt.signedIn));
      },
    });
    const redirectUri = `${app.url}/second/callback`;
    second = signInWithAutoGPT({
      clientId: other.client_id,
      clientSecret: other.client_secret,
      redirectUri,
      scopes: ["READ_BLOCK"],
      secret: same.secret
        ? "a secret of more than thirty-two characters"
        : "another secret of more than 32 letters",
      platform: { webUrl: emulator.webUrl, backendUrl: emulator.backendUrl },
    });
    const redirect_uris = [`${app.url}/auth/callback`, redirectUri];
    emulator.updateApplication(other.client_id, { redirect_uris });
    return app;
  }

  it.each([
    { application: false, secret: true },
    { application: false, secret: false },
    { application: true, secret: true },
  ])("take no attempt of each other (same: %o)", async (same) => {
    const app = await startTwo(same);
    for (const [from, to] of [
      ["auth", "second"],
      ["second", "auth"],
    ]) {
      const browser = new Browser();
      const callback = await browser.consent(suite.emulator, `${app.url}/${from}/login`);
      const answer = await browser.open(callback.replace(`/${from}/callback`, `/${to}/callback`));
      expect([from, to, answer.status]).toEqual([from, to, 400]);
      expect(await suite.isSignedIn(app, browser)).toBe(false);
      expect(await browser.json(`${app.url}/second`)).toBe(false);
    }
  });

  it("take no attempt whose cookie was renamed after the other", async () => {
    const app = await startTwo({ application: false, secret: true });
    const [browser, second] = [new Browser(), new Browser()];
    const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
    await second.open(`${app.url}/second/login`);
    const [blob] = Object.values(await cookiesOf(browser, app.url));
    const [name = ""] = Object.keys(await cookiesOf(second, app.url));
    const state = new URL(callback).searchParams.get("state") ?? "";
    const cookie = `${name.slice(0, -16)}${state.slice(0, 16)}=${blob}`;
    suite.emulator.clearRequests();
    const answer = await new Browser().open(callback.replace("/auth/", "/second/"), { cookie });
    expect([answer.status, suite.tokenCalls()]).toEqual([400, 0]);
  });

  it("sign in one by one, and neither reads the other's sign-in", async () => {
    const app = await startTwo({ application: false, secret: true });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    expect(await browser.json(`${app.url}/second`)).toBe(false);
  });
});
