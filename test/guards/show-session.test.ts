import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { program, useEmulator, versions } from "./setup.js";

const world = useEmulator();

describe.each(versions)("GET /auth/session on %s", (_, version) => {
  it("tells a page's script who is signed in and where signing in and out begin", async () => {
    const app = await world.start(version);
    const url = `${app.url}/auth/session`;
    const visitor = await new Browser().fetch(url, program);
    expect([visitor.status, visitor.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(visitor.headers.getSetCookie()).toEqual([]);
    const routes = { signIn: "/auth/login", signOut: "/auth/logout", basePath: "" };
    expect(await visitor.json()).toEqual({ signedIn: false, user: null, scopes: [], ...routes });

    const browser = await world.signIn(app);
    const { id, email, name, timezone } = world.emulator.users[0] ?? {};
    const answer = await browser.fetch(url, program);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toContain("application/json");
    const text = await answer.text();
    expect(text).not.toMatch(/agpt_/);
    const user = { id, email, name, timezone };
    expect(JSON.parse(text)).toEqual({ signedIn: true, user, scopes: ["IDENTITY", "READ_BLOCK"], ...routes });

    await browser.post(`${app.url}/auth/logout`);
    expect(await browser.json(url)).toMatchObject({ signedIn: false, user: null });
  });

  it("takes no other method, and no other spelling", async () => {
    const app = await world.start(version);
    const browser = await world.signIn(app);
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const answer = await browser.fetch(`${app.url}/auth/session`, { method, ...program });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
    }
    const head = await browser.fetch(`${app.url}/auth/session`, { method: "HEAD" });
    expect([head.status, head.headers.get("cache-control")]).toEqual([204, "no-store"]);
    for (const path of ["/auth/Session", "/auth/session/", "//auth/session"]) {
      expect((await browser.fetch(app.url + path, program)).status).toBe(404);
    }
  });
});
