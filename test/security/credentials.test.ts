import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { type Answer, ask, askRaw, useSuite } from "./support.js";

const suite = useSuite();

describe("malformed Authorization headers (GHSA-xmf8-cvqr-rfgj)", () => {
  it("are 401 on a private route and nothing on ours; the process lives", async () => {
    const app = await suite.start();
    const roomy = await suite.serve(app.listener, { maxHeaderSize: 1 << 20 });
    const values = [
      "Bearer",
      "Bearer ",
      "Bearer  x",
      "bearer x",
      "Bearer x y",
      "Basic",
      "Basic ===",
      ",",
      "=",
      "Bearer \xff\xfe",
      `Bearer ${"x".repeat(65_536)}`,
      "Negotiate",
      'Digest username="',
      "\t",
      "Bearer agpt_xt_x",
    ];
    for (const value of values) {
      const head = (path: string) =>
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: ${value}\r\n\r\n`;
      expect([value.slice(0, 20), (await askRaw(roomy, head("/private"))).slice(9, 12)]).toEqual([
        value.slice(0, 20),
        "401",
      ]);
      expect((await askRaw(roomy, head("/auth/login"))).slice(9, 12)).toBe("302");
      expect((await askRaw(roomy, head("/auth/callback?code=x&state=y"))).slice(9, 12)).toBe("400");
    }
    await thousand(roomy);
    expect((await new Browser().signIn(suite.emulator, app.url)).status).toBe(302);
  });

  async function thousand(url: string) {
    const answers: Answer[] = [];
    for (let i = 0; i < 20; i += 1) {
      const headers = { authorization: `Bearer ${"x".repeat(i)}` };
      answers.push(
        ...(await Promise.all(Array.from({ length: 50 }, () => ask(url, "/private", { headers })))),
      );
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  }
});

describe("req.autogpt", () => {
  it("is ours even when something before the router put one there", async () => {
    const app = await suite.start({
      before: [
        (req, _res, next) => {
          Object.assign(req, {
            autogpt: { signedIn: true, user: { id: "eve" }, scopes: ["IDENTITY"] },
            auth: { userId: "eve" },
            user: { id: "eve" },
          });
          next();
        },
      ],
    });
    expect(await new Browser().json(`${app.url}/whoami`)).toEqual({
      signedIn: false,
      scopes: [],
      user: null,
    });
    expect((await ask(app.url, "/private")).status).toBe(401);
  });
});
