import { hkdfSync } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { memoryGrants, type StoredGrant } from "express-autogpt";
import { CompactEncrypt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { SECRET } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { cookiesOf, type SuiteApp, useSuite } from "./support.js";

const suite = useSuite();
const OLD = "the old secret, longer than thirty-two letters";
const NEW = "the new secret, longer than thirty-two letters";

/** An attempt under way: its callback, and the cookie that belongs to it. */
async function begin(app: SuiteApp) {
  const browser = new Browser();
  const callback = await browser.consent(suite.emulator, `${app.url}/auth/login`);
  const [[name = "", blob = ""] = []] = Object.entries(await cookiesOf(browser, app.url));
  return {
    callback,
    name,
    blob,
    open: (sealed: string) => new Browser().open(callback, { cookie: `${name}=${sealed}` }),
  };
}

const base64url = (data: string | Uint8Array) => Buffer.from(data as string).toString("base64url");

describe("a sealed attempt", () => {
  it("that was changed in any place is refused with 400 and calls nobody", async () => {
    const app = await suite.start();
    const { blob, open } = await begin(app);
    const parts = blob.split(".");
    const header = { ...decodeProtectedHeader(blob) };
    const withHeader = (change: object) =>
      [base64url(JSON.stringify({ ...header, ...change })), ...parts.slice(1)].join(".");
    const forged: [string, string][] = [
      ...[
        ["alg", "none"],
        ["alg", "A256KW"],
        ["alg", "RSA-OAEP"],
        ["alg", "PBES2-HS256+A128KW"],
        ["enc", "A128GCM"],
        ["enc", "none"],
        ["enc", "A256CBC-HS512"],
        ["kid", ""],
        ["kid", "../../x"],
        ["kid", "__proto__"],
        ["kid", null],
        ["typ", "grant"],
        ["typ", "JWT"],
        ["zip", "DEF"],
        ["crit", ["exp"]],
        ["jwk", {}],
        ["epk", {}],
        ["p2c", 1e9],
        ["x5u", "http://evil.example"],
        ["cty", "JWT"],
      ].map(([name, value]): [string, string] => [
        `${name}: ${JSON.stringify(value)}`,
        withHeader({ [String(name)]: value }),
      ]),
      ["no header", ["", ...parts.slice(1)].join(".")],
      ["a header that is no JSON", ["x", ...parts.slice(1)].join(".")],
      ["a header that is null", [base64url("null"), ...parts.slice(1)].join(".")],
      ["a header that is an array", [base64url("[]"), ...parts.slice(1)].join(".")],
      ["an encrypted key", [parts[0], "AAAA", ...parts.slice(2)].join(".")],
      ["an empty tag", [...parts.slice(0, 4), ""].join(".")],
      ["a short tag", [...parts.slice(0, 4), parts[4]?.slice(0, 6)].join(".")],
      ["an empty IV", [parts[0], "", "", parts[3], parts[4]].join(".")],
      ["no text", [parts[0], "", parts[2], "", parts[4]].join(".")],
      ["four parts", parts.slice(0, 4).join(".")],
      ["six parts", `${blob}.x`],
      ["nothing", ""],
      ["dots", "...."],
      ["JSON", encodeURIComponent('{"state":"x","codeVerifier":"y","startedAt":9e15}')],
      ["twice", blob + blob],
      ...[0, 2, 3, 4].flatMap((part) =>
        [0, 5].map((at): [string, string] => [`a bit of part ${part}`, flip(parts, part, at)]),
      ),
      ...[1, 10, 100].map((less): [string, string] => [`${less} letters less`, blob.slice(0, -less)]),
    ];
    const wrong: unknown[] = [];
    for (const [what, sealed] of forged) {
      const answer = await open(sealed);
      if (answer.status !== 400) wrong.push([what, answer.status]);
    }
    expect(wrong).toEqual([]);
    expect(suite.tokenCalls()).toBe(0);
    expect((await open(blob)).status).toBe(302);
  });

  it("made with other keys or other settings is refused, also by somebody who knows the secret of another purpose", async () => {
    const app = await suite.start();
    const { blob, open } = await begin(app);
    const { kid = "" } = decodeProtectedHeader(blob);
    const text = JSON.stringify({
      state: "x",
      codeVerifier: "y",
      scopes: [],
      returnTo: "//evil.example",
      startedAt: Date.now(),
    });
    const header = { alg: "dir", enc: "A256GCM", kid, typ: "transaction" };
    const encrypt = (head: object, key: Uint8Array, plain: string | Uint8Array = text) =>
      new CompactEncrypt(Buffer.from(plain as string))
        .setProtectedHeader({ ...header, ...head } as never)
        .encrypt(key);
    const zeros = new Uint8Array(32);
    const raw = new Uint8Array(hkdfSync("sha256", SECRET, "", "", 32));
    const forged = [
      await encrypt({}, zeros),
      await encrypt({}, raw),
      await encrypt({ enc: "A128GCM" }, zeros.slice(16)),
      await encrypt({ alg: "A256KW" }, zeros),
      await encrypt({ typ: "grant" }, raw),
      await encrypt({}, zeros, deflateRawSync(Buffer.alloc(5_000_000))).catch(() => ""),
    ];
    for (const sealed of forged) expect((await open(sealed.slice(0, 8000))).status).toBe(400);
    expect(suite.tokenCalls()).toBe(0);
  });

  it("outlives a rotation of the secret as long as the old one is listed", async () => {
    const before = await suite.start({ options: { secret: OLD } });
    const both = await suite.start({
      options: { secret: [NEW, OLD], redirectUri: `${before.url}/auth/callback` },
    });
    const after = await suite.start({ options: { secret: NEW, redirectUri: `${before.url}/auth/callback` } });
    const elsewhere = (callback: string, app: SuiteApp) => callback.replace(before.url, app.url);
    for (const [app, status] of [
      [after, 400],
      [both, 302],
    ] as const) {
      const { callback, name, blob } = await begin(before);
      const answer = await new Browser().open(elsewhere(callback, app), { cookie: `${name}=${blob}` });
      expect(answer.status).toBe(status);
    }
    const { callback, name, blob } = await begin(both); // the first of the list seals
    expect(
      (await new Browser().open(elsewhere(callback, before), { cookie: `${name}=${blob}` })).status,
    ).toBe(400);
    expect((await new Browser().open(elsewhere(callback, after), { cookie: `${name}=${blob}` })).status).toBe(
      302,
    );
  });
});

describe("a sealed grant", () => {
  /** A store whose rows can be read and exchanged. */
  function openStore() {
    const inner = memoryGrants();
    const rows: StoredGrant[] = [];
    const swaps = new Map<string, string>();
    return {
      rows,
      swaps,
      ...inner,
      async create(row: StoredGrant) {
        rows.push(row);
        await inner.create(row);
      },
      async read(key: StoredGrant["key"]) {
        const row = await inner.read(key);
        return row && { ...row, sealed: swaps.get(row.key.id) ?? row.sealed };
      },
    };
  }

  it("is no attempt, and an attempt is no grant: blobs are bound to their purpose (CVE-2023-48309)", async () => {
    const grants = openStore();
    const app = await suite.start({ options: { grants } });
    const browser = new Browser();
    await browser.signIn(suite.emulator, app.url);
    const [row] = grants.rows;
    const { open, blob } = await begin(app);
    suite.emulator.clearRequests();
    expect((await open(row?.sealed ?? "")).status).toBe(400);
    expect(suite.tokenCalls()).toBe(0);

    const fresh = await suite.start({ options: { grants }, session: { store: app.store } }); // remembers nothing
    grants.swaps.set(row?.key.id ?? "", blob);
    expect(await browser.json(`${fresh.url}/whoami`)).toMatchObject({ signedIn: false });
  });

  it("copied over another user's row signs nobody in", async () => {
    const grants = openStore();
    const app = await suite.start({ options: { grants } });
    const [ada, eve] = [new Browser(), new Browser()];
    await ada.signIn(suite.emulator, app.url);
    await eve.signIn(suite.emulator, app.url, { userId: "0a000000-0000-4000-8000-000000000002" });
    const fresh = await suite.start({ options: { grants }, session: { store: app.store } });
    grants.swaps.set(grants.rows[1]?.key.id ?? "", grants.rows[0]?.sealed ?? "");
    expect(await eve.json(`${fresh.url}/whoami`)).toMatchObject({ signedIn: false });
    expect(await ada.json(`${fresh.url}/whoami`)).toMatchObject({ signedIn: true });
  });

  it("shows neither user nor token to the store", async () => {
    const grants = openStore();
    const app = await suite.start({ options: { grants } });
    await new Browser().signIn(suite.emulator, app.url);
    const shown = JSON.stringify(grants.rows);
    expect(shown).not.toMatch(/agpt_|ada|0a000000/);
  });
});

/** Another bit at one letter of one part. */
function flip(parts: readonly string[], part: number, at: number): string {
  return parts
    .map((text, index) =>
      index === part ? text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1) : text,
    )
    .join(".");
}
