import { expect } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { EVE, type Platform } from "./platform.js";

/** Where an app is found. */
export interface Place {
  /** Its address as visitors see it, with the prefix, without a slash at the end. */
  readonly url: string;
  /** The prefix that the app itself sees. */
  readonly mount: string;
  /** The certificate to trust where the address begins with https. */
  readonly ca?: string | undefined;
}

const SESSION_COOKIE = "connect.sid";

/** How many blocks the apps list. */
const BLOCKS = 3;

/** Signs in, asks for one more scope, calls the API, signs out. */
export async function expectSignIn(place: Place, platform: Platform): Promise<void> {
  const { url, ca } = place;
  const browser = new Browser(ca);
  expect(await browser.json(`${url}/whoami`)).toBeNull();
  expect((await browser.fetch(`${url}/blocks`)).status).toBe(401);

  const callback = await signIn(browser, place, platform);
  expect(callback).toMatchObject({ status: 302 });
  expect(locationOf(callback)).toBe(new URL(`${url}/whoami`).pathname);
  expect(await browser.json(`${url}/whoami`)).toEqual(EVE);
  const cookie = (await browser.jar.getCookies(url)).find(({ key }) => key === SESSION_COOKIE);
  expect(cookie).toMatchObject({ secure: url.startsWith("https:"), httpOnly: true });
  expect((await browser.fetch(`${url}/blocks`)).status).toBe(403);

  const ask = locationOf(await browser.open(`${url}/blocks`));
  const blocks = await browser.open(await browser.consent(platform, new URL(ask, url).href));
  expect(locationOf(blocks)).toBe(new URL(`${url}/blocks`).pathname);
  expect(await browser.json(`${url}/blocks`)).toEqual(await platform.readBlocks(BLOCKS));

  expect((await browser.post(`${url}/auth/logout`)).status).toBe(303);
  expect(await browser.json(`${url}/whoami`)).toBeNull();
}

/** Signs in where express-session keeps its cookie back: nothing goes round in circles, and the log says why. */
export async function expectDiagnosis(place: Place, platform: Platform, log: () => string): Promise<void> {
  const { url, ca } = place;
  const browser = new Browser(ca);
  expect(log()).toBe("");
  expect((await signIn(browser, place, platform)).status).toBe(302);
  expect((await browser.jar.getCookies(url)).map(({ key }) => key)).not.toContain(SESSION_COOKIE);
  expect(await browser.json(`${url}/whoami`)).toBeNull();

  // A person on a guarded page comes to the consent page, which waits, and not back by itself.
  const ask = locationOf(await browser.open(`${url}/blocks`));
  const consent = new URL(locationOf(await browser.open(new URL(ask, url).href)));
  expect(consent.origin).toBe(platform.environments[0]?.AUTOGPT_WEB_URL);
  expect(consent.pathname).toBe("/auth/authorize");

  await signIn(browser, place, platform);
  const lines = log().match(/\[AUTOGPT_SESSION_COOKIE_DROPPED\].*/g); // once, however many sign in
  expect(lines).toEqual([expect.stringContaining('app.set("trust proxy", 1)')]);
}

async function signIn(browser: Browser, { url, mount }: Place, platform: Platform): Promise<Response> {
  const login = `${url}/auth/login?returnTo=${encodeURIComponent(`${mount}/whoami`)}`;
  return browser.open(await browser.consent(platform, login));
}
