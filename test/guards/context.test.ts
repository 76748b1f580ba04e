import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { useEmulator, versions } from "./setup.js";

const world = useEmulator();

describe.each(versions)("req.autogpt on %s", (_, version) => {
  it("can be logged, copied and sent as JSON, by a visitor too, and shows no token", async () => {
    const shown: string[] = [];
    const app = await world.start({
      ...version,
      routes(express) {
        express.get("/shown", (req, res) => {
          shown.push(inspect(req.autogpt, { depth: 9, showHidden: true }));
          res.json({ json: req.autogpt, copy: Object.keys({ ...req.autogpt }) });
        });
      },
    });
    const visitor = await new Browser().json(`${app.url}/shown`);
    expect(visitor).toEqual({ json: { signedIn: false, scopes: [] }, copy: ["signedIn", "scopes"] });
    const browser = await world.signIn(app);
    const { id, email, name, timezone } = world.emulator.users[0] ?? {};
    expect(await browser.json(`${app.url}/shown`)).toEqual({
      json: { signedIn: true, user: { id, email, name, timezone }, scopes: ["IDENTITY", "READ_BLOCK"] },
      copy: ["signedIn", "user", "scopes"],
    });
    expect(shown).toHaveLength(2);
    expect(shown.join()).not.toMatch(/agpt_/);
  });
});
