// The recipe of two processes on Redis behind nginx, with a real nginx and the recipe's own configuration.
import { readFileSync } from "node:fs";
import { startEmulator } from "express-autogpt/emulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { Browser, locationOf } from "../harness/browser.js";
import { instanceOf } from "../harness/fleet.js";
import { needs } from "../harness/needs.js";
import { startNginx } from "../harness/nginx.js";
import { rowsOf } from "../harness/store-rows.js";
import { freePort, newApplication, startRecipe } from "./recipe.js";

vi.setConfig({ testTimeout: 60_000 }); // several processes begin, on a machine that may be busy

const describeWithNginx = await needs("nginx", "the recipe behind nginx");
const describeWithRedis = await needs("Redis", "the recipe behind nginx");

const CONF = new URL("../../examples/recipes/behind-nginx/nginx.conf", import.meta.url);

/** The recipe's configuration with other ports. */
function confWith(ports: Readonly<Record<number, number>>): string {
  return Object.entries(ports).reduce(
    (text, [written, real]) => {
      expect(text).toContain(`127.0.0.1:${written}`);
      return text.replace(`127.0.0.1:${written}`, `127.0.0.1:${real}`);
    },
    readFileSync(CONF, "utf8"),
  );
}

const body = () => {
  test("each process answers, finishes the other's sign-ins, and can be replaced", async () => {
    const emulator = await startEmulator({ applications: [newApplication()] });
    const application = instanceOf(emulator.application.client_id, emulator);
    const rows = await rowsOf({ kind: "node-redis", table: "" }, application);
    onTestFinished(async () => void (await Promise.all([rows.drop(), emulator.stop()])));
    const [port, first, second] = await Promise.all([freePort(), freePort(), freePort()]);
    const nginx = await startNginx(confWith({ 3000: port, 4001: first, 4002: second }), port);
    const publicUrl = `http://localhost:${port}`;
    const start = (own: number) =>
      startRecipe("behind-nginx/web.ts", emulator, { publicUrl, env: { PORT: String(own) } });
    const [one, two] = await Promise.all([start(first), start(second)]);

    // nginx takes turns: a request between login and callback decides who gets the callback.
    let browser = new Browser();
    for (const isBetween of [false, true, false]) {
      browser = new Browser();
      const login = await browser.open(`${publicUrl}/auth/login`);
      if (isBetween) await new Browser().open(`${publicUrl}/auth/session`);
      const callback = await browser.open(await emulator.consent(locationOf(login)));
      expect([callback.status, locationOf(callback)]).toEqual([302, "/"]);
      expect((await browser.open(publicUrl)).status).toBe(200);
    }
    const both = new Set([`127.0.0.1:${first}`, `127.0.0.1:${second}`]);
    const passed = nginx.passed();
    for (const route of ["/auth/login", "/auth/callback", "/"]) {
      expect(new Set(passed.filter(({ path }) => path === route).map(({ to }) => to))).toEqual(both);
    }

    const servedBy = async () => browser.json(publicUrl);
    const by = (own: number) => ({ user: "ada@example.com", port: String(own) });
    expect(await one.program.stop()).toBe(0); // as a deploy does
    for (let i = 0; i < 3; i += 1) expect(await servedBy()).toEqual(by(second));
    expect(await browser.json(`${publicUrl}/blocks`)).toEqual(expect.arrayContaining([expect.any(String)]));
    await start(first);
    expect(await two.program.stop()).toBe(0);
    for (let i = 0; i < 3; i += 1) expect(await servedBy()).toEqual(by(first));
  });
};
describeWithNginx("behind nginx", () => describeWithRedis("on Redis", body));
