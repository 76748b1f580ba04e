import { type ApiClient, memoryGrants } from "express-autogpt";
import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { locationOf } from "../harness/browser.js";
import { anotherProcess } from "../harness/grants.js";
import { program, useEmulator } from "./setup.js";

const world = useEmulator();
let held: ApiClient | undefined;

const routes: TestAppSettings["routes"] = (app, autogpt) => {
  app.get("/hold", autogpt.requireSignIn(), (req, res) => {
    held = req.autogpt.api;
    res.json("held");
  });
  app.get("/me", autogpt.requireScopes("IDENTITY"), async (_req, res) => {
    const { data, response } = await res.locals.autogpt.api.GET("/v2/me");
    res.status(response.status).json(data?.user_id);
  });
  app.get("/run", autogpt.requireScopes("RUN_AGENT"), (_req, res) => void res.json("run"));
  app.get("/library", autogpt.requireScopes("READ_LIBRARY"), (_req, res) => void res.json("library"));
};

const ada = () => world.emulator.users[0]?.id ?? "";

async function statusOf(api: ApiClient<"IDENTITY"> | undefined) {
  return (await api?.GET("/v2/me"))?.response.status;
}

describe("a request under way while the grant is replaced", () => {
  it("goes on with the successor, also over two replacements and after the old tokens are gone", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    await browser.open(`${app.url}/hold`);
    const first = held;
    await browser.open(await world.ask(browser, `${app.url}/run`));
    expect(await statusOf(first)).toBe(200);
    await browser.open(`${app.url}/hold`);
    await browser.open(await world.ask(browser, `${app.url}/library`));
    expect(await statusOf(held)).toBe(200);
    await app.autogpt.close();
    expect([await statusOf(first), await statusOf(held)]).toEqual([200, 200]);
  });

  it("goes on in another process, while the old access token lives and when it is revoked", async () => {
    const grants = memoryGrants();
    const app = await world.start({ routes, options: { grants } });
    const browser = await world.signIn(app);
    const { api } = await anotherProcess(world.emulator, grants).grantFor(ada(), "IDENTITY");
    const late = await anotherProcess(world.emulator, grants).grantFor(ada(), "IDENTITY");
    await browser.open(await world.ask(browser, `${app.url}/run`));
    expect(await statusOf(api)).toBe(200);
    await app.autogpt.close(); // revokes the old access token now
    world.emulator.clearRequests();
    expect([await statusOf(api), await statusOf(late.api)]).toEqual([200, 200]);
    expect(world.calls("/api/oauth/token")).toEqual([]); // nobody refreshed a grant that has ended
  });

  it("does not go on once the person has signed out", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    await browser.open(`${app.url}/hold`);
    await browser.open(await world.ask(browser, `${app.url}/run`));
    await browser.post(`${app.url}/auth/logout`);
    await expect(statusOf(held)).rejects.toMatchObject({ code: "grant_lost" });
  });
});

describe("two tabs", () => {
  it("that ask for more at once both arrive, one after the other", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    const run = await world.ask(browser, `${app.url}/run`);
    const library = await world.ask(browser, `${app.url}/library`);
    for (const [callback, path] of [
      [run, "/run"],
      [library, "/library"],
    ] as const) {
      expect(locationOf(await browser.open(callback))).toBe(path);
      expect((await browser.open(app.url + path)).status).toBe(200);
    }
    expect(await app.autogpt.signInsOf(ada())).toHaveLength(1);
  });

  it("whose callbacks come in the same instant are both sent on, and the person stays signed in", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    const callbacks = [
      await world.ask(browser, `${app.url}/run`),
      await world.ask(browser, `${app.url}/library`),
    ];
    const answers = await Promise.all(callbacks.map((callback) => browser.open(callback)));
    expect(answers.map(locationOf)).toEqual(["/run", "/library"]);
    const { scopes } = (await browser.json(`${app.url}/whoami`)) as { scopes: string[] };
    expect([["RUN_AGENT"], ["READ_LIBRARY"]]).toContainEqual(scopes.slice(2));
    // Whichever tab's grant the session has, the other tab is asked again and arrives.
    for (const path of ["/run", "/library"]) {
      const page = await browser.open(app.url + path);
      if (page.status === 302) await browser.open(await world.ask(browser, app.url + path));
      expect((await browser.open(app.url + path)).status).toBe(200);
    }
  });

  it("of which one refreshes while the other steps up lose nothing", async () => {
    const app = await world.start({ routes });
    const browser = await world.signIn(app);
    const lost: unknown[] = [];
    app.autogpt.events.on("grantLost", (event) => lost.push(event));
    world.emulator.advanceClock(56 * 60);
    await browser.fetch(`${app.url}/me`, program); // learns the platform's clock
    world.emulator.clearRequests();
    const fresh = await world.ask(browser, `${app.url}/run`);
    world.emulator.addFault({ path: "/api/oauth/token", times: 1, delay_ms: 700 });
    const me = browser.fetch(`${app.url}/me`, program);
    await expect.poll(() => world.calls("/api/oauth/token").length).toBe(1);
    expect(locationOf(await browser.open(fresh))).toBe("/run");
    expect((await me).status).toBe(200);
    expect(await (await me).json()).toBe(ada());
    expect((await browser.open(`${app.url}/run`)).status).toBe(200);
    expect((await browser.fetch(`${app.url}/me`, program)).status).toBe(200);
    expect(lost).toEqual([]); // the platform refused the old refresh token, and nothing was lost by that
    await app.autogpt.close();
    const outcomes = world.calls("/api/oauth/revoke").map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["revoked", "revoked"]);
    expect(await app.autogpt.signInsOf(ada())).toHaveLength(1);
  });
});
