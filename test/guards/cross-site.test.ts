import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { useEmulator, versions } from "./setup.js";

const world = useEmulator();
const trusted = "https://admin.example.com";

const routes: TestAppSettings["routes"] = (app, autogpt) => {
  app.all("/act", autogpt.requireScopes("READ_BLOCK"), (_req, res) => void res.json("done"));
};

/** Sec-Fetch-Site, Origin ("own" is the app's) -> whether a state-changing request passes */
const table: [string | undefined, string | undefined, boolean][] = [
  ["same-origin", "own", true],
  ["same-origin", "null", true], // a form of our own under helmet's defaults
  ["same-origin", undefined, true],
  ["none", undefined, true],
  ["same-site", "own", false],
  ["same-site", undefined, false],
  ["cross-site", "own", false],
  ["cross-site", "https://evil.example", false],
  ["cross-site", "null", false],
  ["cross-site", trusted, true],
  ["same-site", trusted, true],
  ["SAME-ORIGIN", "own", false],
  [undefined, "own", true],
  [undefined, trusted, true],
  [undefined, "https://evil.example", false],
  [undefined, "null", false],
  [undefined, undefined, false],
  [undefined, "http://localhost", false],
];

describe.each(versions)("a state-changing request on %s", (_, version) => {
  it.each(table)("from Sec-Fetch-Site %s and Origin %s: %s", async (site, origin, passes) => {
    const app = await world.start({ ...version, routes, options: { trustedOrigins: [trusted] } });
    const browser = await world.signIn(app);
    const headers = {
      accept: "application/json",
      ...(site !== undefined && { "sec-fetch-site": site }),
      ...(origin !== undefined && { origin: origin === "own" ? app.url : origin }),
    };
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await browser.fetch(`${app.url}/act`, { method, headers });
      expect([method, answer.status]).toEqual([method, passes ? 200 : 403]);
      if (!passes) expect(await answer.json()).toMatchObject({ code: "cross_site_request" });
    }
    expect((await browser.fetch(`${app.url}/act`, { headers })).status).toBe(200);
  });

  it("is not the Host header's to allow", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const headers = {
      host: "evil.example",
      origin: "http://evil.example",
      "x-forwarded-host": "evil.example",
    };
    expect((await browser.fetch(`${app.url}/act`, { method: "POST", headers })).status).toBe(403);
  });

  it("of nobody signed in is no different from any other: programs get 401, people sign in", async () => {
    const app = await world.start({ ...version, routes });
    const headers = { "sec-fetch-site": "cross-site", accept: "application/json" };
    expect((await new Browser().fetch(`${app.url}/act`, { method: "POST", headers })).status).toBe(401);
    const form = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    expect((await new Browser().post(`${app.url}/act`, form)).status).toBe(303);
  });
});
