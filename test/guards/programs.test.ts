import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { program, useEmulator, versions } from "./setup.js";

const world = useEmulator();

const routes: TestAppSettings["routes"] = (app, autogpt) => {
  app.get("/mine", autogpt.requireSignIn(), (_req, res) => void res.json("mine"));
  app.get("/run", autogpt.requireScopes("RUN_AGENT", "READ_RUN"), (_req, res) => void res.json("run"));
};
const insufficient = 'Bearer error="insufficient_scope", scope="RUN_AGENT READ_RUN"';

describe.each(versions)("a program at a guard on %s", (_, version) => {
  it("gets 401 with a challenge that names no error when nobody is signed in", async () => {
    const app = await world.start({ ...version, routes });
    for (const headers of [
      { accept: "application/json" },
      { accept: "*/*" },
      { accept: "text/html", "sec-fetch-mode": "cors" },
      { accept: "text/html", "sec-fetch-mode": "no-cors" },
    ]) {
      const answer = await new Browser().fetch(`${app.url}/mine`, { headers });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(await answer.json()).toMatchObject({
        status: 401,
        code: "sign_in_required",
        signIn: "/auth/login?returnTo=%2F",
      });
    }
  });

  it("gets 401 whose signIn asks for the route's scopes, and leads back to the page that asked", async () => {
    const app = await world.start({ ...version, routes });
    const headers = { ...program.headers, referer: `${app.url}/agents?tab=2` };
    const answer = await new Browser().fetch(`${app.url}/run`, { headers });
    expect(await answer.json()).toMatchObject({
      status: 401,
      signIn: "/auth/login?returnTo=%2Fagents%3Ftab%3D2&scope=RUN_AGENT+READ_RUN",
    });
  });

  it("gets 403 that names the scopes and the address which asks for them", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    const referer = `${app.url}/agents`;
    const answer = await browser.fetch(`${app.url}/run`, { headers: { ...program.headers, referer } });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([403, insufficient]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const problem = await answer.json();
    expect(problem).toEqual({
      title: "Forbidden",
      status: 403,
      detail: "This needs RUN_AGENT and READ_RUN, which was not granted. Ask the user for it.",
      code: "insufficient_scope",
      missing: ["RUN_AGENT", "READ_RUN"],
      ask: "/auth/login?returnTo=%2Fagents&scope=RUN_AGENT+READ_RUN",
    });
    const back = await browser.open(await world.ask(browser, `${app.url}/run`));
    expect(back.status).toBe(302);
    expect((await browser.fetch(`${app.url}/run`, program)).status).toBe(200);
  });

  it("gets the right status and header without errorHandler()", async () => {
    const app = await world.start({ ...version, routes, withoutErrorHandler: true });
    const signedOut = await new Browser().fetch(`${app.url}/mine`, program);
    expect([signedOut.status, signedOut.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const browser = await world.signIn(app);
    const answer = await browser.fetch(`${app.url}/run`, program);
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([403, insufficient]);
    expect((await browser.open(`${app.url}/run`)).status).toBe(302);
  });
});
