import { describe, expect, it } from "vitest";
import type { TestAppSettings } from "../harness/app.js";
import { program, useEmulator, versions } from "./setup.js";

const world = useEmulator();

const routes: TestAppSettings["routes"] = (app, autogpt) => {
  app.post("/leave", (req, res, next) => {
    autogpt.signOut(req).then(() => res.json(req.autogpt.signedIn), next);
  });
  app.get("/devices", autogpt.requireSignIn(), (req, res, next) => {
    autogpt.signInsOf(req.autogpt.user.id).then((all) => res.json(all.map(({ id }) => id)), next);
  });
  app.get("/me", (req, res) => void res.json(req.autogpt.grantId));
  app.post("/devices/others", autogpt.requireSignIn(), (req, res, next) => {
    autogpt
      .signInsOf(req.autogpt.user.id)
      .then((all) =>
        Promise.all(all.filter(({ id }) => id !== req.autogpt.grantId).map((one) => one.signOut())),
      )
      .then((ended) => res.json(ended.length), next);
  });
  app.get(
    "/destroyed",
    (req, _res, next) => void req.session.destroy(next),
    autogpt.requireSignIn(),
    (_req, res) => {
      res.json("still here");
    },
  );
};

describe.each(versions)("an app's own sign-out on %s", (_, version) => {
  it("ends the grant, the session and the tokens, and the rest of the request is a visitor's", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    expect(await (await browser.post(`${app.url}/leave`)).json()).toBe(false);
    expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: false });
    expect(Object.keys(Reflect.get(app.store, "sessions"))).toEqual([]);
    expect(world.calls("/api/oauth/revoke")).toHaveLength(2);
    expect(await app.autogpt.signInsOf(world.emulator.users[0]?.id ?? "")).toEqual([]);
    expect(await (await browser.post(`${app.url}/leave`)).json()).toBe(false); // a visitor's is nothing
  });

  it("may name one of several browsers", async () => {
    const app = await world.start({ ...version, routes });
    const first = await world.signIn(app);
    const second = await world.signIn(app);
    const [firstId, secondId] = [await first.json(`${app.url}/me`), await second.json(`${app.url}/me`)];
    expect(firstId).not.toBe(secondId);
    const listed = await second.json(`${app.url}/devices`);
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([firstId, secondId]));
    expect(await (await second.post(`${app.url}/devices/others`)).json()).toBe(1);
    expect(await first.json(`${app.url}/whoami`)).toMatchObject({ signedIn: false });
    expect(await second.json(`${app.url}/devices`)).toEqual([secondId]);
  });

  it("that only destroys the session stops no guard", async () => {
    const app = await world.start({ ...version, routes });
    const browser = await world.signIn(app);
    expect((await browser.fetch(`${app.url}/destroyed`, program)).status).toBe(200);
    expect((await browser.fetch(`${app.url}/destroyed`, program)).status).toBe(401);
  });
});

it("the user's ID is demanded wherever it is the question", async () => {
  const { autogpt } = await world.start();
  for (const name of ["grantFor", "signInsOf", "signOutEverywhere"] as const) {
    // @ts-expect-error What an untyped caller passes when nobody is signed in.
    await expect(autogpt[name](undefined)).rejects.toThrow(
      new TypeError(`${name}() needs the user's ID: user.id.`),
    );
  }
});
