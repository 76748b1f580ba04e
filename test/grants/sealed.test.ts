import { randomBytes } from "node:crypto";
import type { SignInWithAutoGPTOptions } from "express-autogpt";
import { type Emulator, exampleApplication, startEmulator } from "express-autogpt/emulator";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { SECRET, startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { instanceOf } from "../harness/fleet.js";
import { needs } from "../harness/needs.js";
import { type OpenRecord, recordSeal } from "../harness/sealed-records.js";
import { newTable, type OpenStore, openStore, type StoreKind } from "../harness/shared-store.js";
import { rowsOf, type StoreRows } from "../harness/store-rows.js";
import { expectNothingUnhandled } from "../harness/unhandled.js";

const suites: readonly [Awaited<ReturnType<typeof needs>>, StoreKind][] = [
  [await needs("Redis", "what Redis holds"), "node-redis"],
  [await needs("PostgreSQL", "what PostgreSQL holds"), "postgres"],
];
const NEWER = `newer ${SECRET}`;

/** Records that are not what we wrote; the other one is of another user or of the same. */
type Mine = { sealed: string; record: OpenRecord };
type Tamper = (mine: Mine, other: Mine) => string | Promise<string>;

function withHeader(sealed: string, change: object): string {
  const [header = "", ...rest] = sealed.split(".");
  const changed = { ...JSON.parse(Buffer.from(header, "base64url").toString()), ...change };
  return [Buffer.from(JSON.stringify(changed)).toString("base64url"), ...rest].join(".");
}

/** Changes one bit of one of the five parts. */
function flipped(sealed: string, part: number): string {
  const parts = sealed.split(".");
  const bytes = Buffer.from(parts[part] ?? "", "base64url");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  parts[part] = bytes.toString("base64url");
  return parts.join(".");
}

for (const [describeWithStore, kind] of suites) {
  describeWithStore(`what ${kind} holds`, () => {
    expectNothingUnhandled();
    const table = newTable();
    let emulator: Emulator;
    let rows: StoreRows;
    let own: OpenStore;
    let seals: ReturnType<typeof recordSeal>;

    beforeAll(async () => {
      const client_id = `agpt_client_${randomBytes(12).toString("hex")}`;
      emulator = await startEmulator({ applications: [{ ...exampleApplication, client_id }] });
      const application = instanceOf(client_id, emulator);
      rows = await rowsOf({ kind, table }, application);
      seals = recordSeal(application);
      own = await openStore({ kind, table });
    });
    afterAll(async () => {
      await emulator.stop();
      await rows.drop();
      await own.close();
    });

    beforeEach(async () => {
      emulator.reset();
      await rows.clear();
    });

    const start = (options: Partial<SignInWithAutoGPTOptions> = {}, session = {}) =>
      startApp(emulator, { options: { grants: own.store, ...options }, session });

    /** Somebody signs in, and their row is found. */
    async function signIn(user: number, options: Partial<SignInWithAutoGPTOptions> = {}) {
      const app = await start(options);
      const browser = new Browser();
      const known = new Set((await rows.sealed()).keys());
      await browser.signIn(emulator, app.url, { userId: emulator.users[user]?.id ?? "" });
      const found = [...(await rows.sealed())].find(([id]) => !known.has(id));
      if (!found) throw new Error("no row was written");
      const [id, sealed] = found;
      return { app, browser, id, sealed };
    }
    const kidOf = (sealed = "") =>
      JSON.parse(Buffer.from(sealed.split(".")[0] ?? "", "base64url").toString()).kid;

    it("tells nobody a token, a name, an e-mail address, a scope or a user's ID", async () => {
      const { app, sealed } = await signIn(0);
      const { user, scopes, accessToken, refreshToken } = await seals.open(sealed);
      const secrets = [user.id, user.email, user.name, ...scopes, accessToken, refreshToken];
      expect(secrets).toHaveLength(7);
      const dump = await rows.dump();
      expect(dump).toContain(sealed);
      // Base64 hides nothing, so the parts are looked at decoded too.
      const decoded = dump.split(/[^\w-]+/).map((part) => Buffer.from(part, "base64url").toString("latin1"));
      for (const secret of secrets) {
        expect(secret).toMatch(/./);
        expect(dump).not.toContain(secret);
        expect(decoded.filter((part) => part.includes(String(secret)))).toEqual([]);
      }
      expect(dump.toLowerCase()).not.toMatch(/agpt_xt|agpt_rt|identity|read_block|@|ada|lovelace/);
      await app.stop();
    });

    it.each<[string, Tamper]>([
      ...[0, 2, 3, 4].map((part): [string, Tamper] => [
        `with a flipped bit in part ${part}`,
        ({ sealed }) => flipped(sealed, part),
      ]),
      ["of another user", (_, other) => other.sealed],
      [
        "of the same user's other sign-in",
        ({ record }, other) => seals.seal({ ...other.record, user: record.user }),
      ],
      ["of a future version", ({ record }) => seals.seal({ ...record, version: record.version + 1 })],
      ["truncated", ({ sealed }) => sealed.slice(0, -20)],
      ["empty", () => ""],
      ["with a foreign alg", ({ sealed }) => withHeader(sealed, { alg: "A256KW" })],
      ["with a foreign enc", ({ sealed }) => withHeader(sealed, { enc: "A128CBC-HS256" })],
      ["with zip", ({ sealed }) => withHeader(sealed, { zip: "DEF" })],
      ["with a foreign kid", ({ sealed }) => withHeader(sealed, { kid: "AAAAAAAA" })],
      ["with one header more", ({ sealed }) => withHeader(sealed, { jku: "https://evil.example/keys" })],
      ["of another purpose", ({ sealed }) => withHeader(sealed, { typ: "transaction" })],
      ["that is no seal at all", () => "null"],
    ])("is unreadable %s: one event, that session ends, nothing else", async (_, tamper) => {
      const [ada, grace] = [await signIn(0), await signIn(1)];
      const open = async ({ sealed }: { sealed: string }) => ({ sealed, record: await seals.open(sealed) });
      await rows.write(ada.id, await tamper(await open(ada), await open(grace)));

      // Another process with the same sessions, which has not seen the grant yet.
      const app = await start({}, { store: ada.app.store });
      const faults: object[] = [];
      app.autogpt.events.on("fault", (fault) => faults.push(fault));
      const who = () => ada.browser.json(`${app.url}/whoami`);
      expect(await Promise.all([who(), who(), who()])).toMatchObject(Array(3).fill({ signedIn: false }));
      expect((await ada.browser.json(`${app.url}/private`)) as object).toMatchObject({ status: 401 });
      expect(faults).toMatchObject([{ code: "grant_unreadable", grantId: ada.id }]);
      expect(JSON.stringify(faults)).not.toMatch(/agpt_/);

      await ada.browser.signIn(emulator, app.url, { userId: emulator.users[0]?.id ?? "" });
      expect(await who()).toMatchObject({ signedIn: true, user: { id: emulator.users[0]?.id } });
      const { api } = await app.autogpt.grantFor(emulator.users[0]?.id ?? "", "READ_BLOCK");
      expect((await api.GET("/v1/blocks")).response.status).toBe(200);
      expect(await grace.browser.json(`${grace.app.url}/whoami`)).toMatchObject({ signedIn: true });
      expect(faults).toHaveLength(1);
      await Promise.all([app, ada.app, grace.app].map((running) => running.stop()));
    });

    it("is sealed with the new secret by the next refresh, and opens with both until then", async () => {
      const { app: first, browser, id, sealed } = await signIn(0);
      const app = await start({ secret: [NEWER, SECRET] }, { store: first.store });
      expect(await browser.json(`${app.url}/whoami`)).toMatchObject({ signedIn: true });
      expect((await rows.sealed()).get(id)).toBe(sealed);

      emulator.advanceClock(3601);
      const { api } = await app.autogpt.grantFor(emulator.users[0]?.id ?? "", "READ_BLOCK");
      expect((await api.GET("/v1/blocks")).response.status).toBe(200);
      const resealed = (await rows.sealed()).get(id);
      expect(kidOf(resealed)).not.toBe(kidOf(sealed));

      // The old secret is taken away: what was refreshed opens, what was not is unreadable.
      const forgotten = await signIn(1);
      const last = await start({ secret: [NEWER] }, { store: first.store });
      const faults: object[] = [];
      last.autogpt.events.on("fault", (fault) => faults.push(fault));
      expect(await browser.json(`${last.url}/whoami`)).toMatchObject({ signedIn: true });
      await expect(last.autogpt.grantFor(emulator.users[1]?.id ?? "", "READ_BLOCK")).rejects.toMatchObject({
        code: "grant_lost",
      });
      expect(faults).toContainEqual(
        expect.objectContaining({ code: "grant_unreadable", grantId: forgotten.id }),
      );
      await Promise.all([app, first, last, forgotten.app].map((running) => running.stop()));
    });
  });
}
