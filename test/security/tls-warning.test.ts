import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { useSuite } from "./support.js";

const suite = useSuite();
let warnings: (string | undefined)[] = [];
const onWarning = (warning: Error & { code?: string }) => void warnings.push(warning.code);

beforeEach(() => {
  warnings = [];
  process.on("warning", onWarning);
});
afterEach(() => {
  process.off("warning", onWarning);
});

const CODE = "AUTOGPT_SESSION_COOKIE_DROPPED";
const secure = { cookie: { secure: true } };
const https = { "x-forwarded-proto": "https" };
const trustProxy: TestAppSettings = {
  before: [(req, _res, next) => next(void req.app.set("trust proxy", 1))],
};

/** Signs in as a proxy that ends TLS passes it on; gives the names of the cookies that were set, and the warnings. */
async function signIn(settings: TestAppSettings, headers: Record<string, string>) {
  const app = await suite.start(settings);
  const browser = new Browser();
  const answer = await browser.open(await browser.consent(suite.emulator, `${app.url}/auth/login`), headers);
  expect(answer.status).toBe(302);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const kept = answer.headers.getSetCookie().some((cookie) => cookie.startsWith("connect.sid="));
  return { kept, warned: warnings.filter((code) => code === CODE).length };
}

// The warning is given once per process, and this file has a process of its own: the order matters.
describe("the warning about a dropped session cookie", () => {
  it("does not come while the cookie is sent", async () => {
    expect(await signIn({}, {})).toEqual({ kept: true, warned: 0 });
    expect(await signIn({}, https)).toEqual({ kept: true, warned: 0 });
    expect(await signIn({ ...trustProxy, session: secure }, https)).toEqual({ kept: true, warned: 0 });
    expect(await signIn({ session: { ...secure, proxy: true } }, https)).toEqual({ kept: true, warned: 0 });
    expect(await signIn({ session: { cookie: { secure: "auto" } } }, {})).toEqual({ kept: true, warned: 0 });
  });

  it("comes once when TLS ends at a proxy that Express does not trust, whatever other cookies are set", async () => {
    const locale: TestAppSettings = { before: [(_req, res, next) => next(void res.cookie("locale", "en"))] };
    expect(await signIn({ ...locale, session: secure }, https)).toEqual({ kept: false, warned: 1 });
    expect(await signIn({ session: secure }, https)).toEqual({ kept: false, warned: 1 });
  });
});
