import { randomBytes } from "node:crypto";
import type { Express } from "express";
import type { GrantStore } from "express-autogpt";
import { type Emulator, exampleApplication, startEmulator } from "express-autogpt/emulator";
import { startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { instanceOf } from "../harness/fleet.js";
import { anotherProcess } from "../harness/grants.js";
import { newTable, openStore, type StoreKind } from "../harness/shared-store.js";
import { rowsOf } from "../harness/store-rows.js";
import { bytesPerGrant, fillStore } from "./filling.js";

export interface CostFigures {
  readonly kind: StoreKind;
  /** Grants in the store beside the one that is measured. */
  readonly stored: number;
  /** Store reads, of any kind, of one signed-in request that does not call the API. */
  readonly readsOfSignedInRequest: { readonly first: number; readonly later: number };
  /** Store reads for a fresh access token: of a request, of background work, and when it was seen just before. */
  readonly readsOfFreshToken: {
    readonly request: number;
    readonly background: number;
    readonly later: number;
  };
  /** Milliseconds, the median of 200. */
  readonly msOf: { readonly grantFor: number; readonly signInsOf: number };
  /** Row and its share of the indexes. */
  readonly bytesPerGrant: number;
}

/** The same questions to a store that is nearly empty, and to one that holds `grants` of them. */
export async function runCost(kind: StoreKind, grants: number): Promise<CostFigures[]> {
  const client_id = `agpt_client_${randomBytes(12).toString("hex")}`;
  const emulator = await startEmulator({ applications: [{ ...exampleApplication, client_id }] });
  const settings = { kind, table: newTable() };
  const application = instanceOf(client_id, emulator);
  const rows = await rowsOf(settings, application);
  const open = await openStore(settings);
  const figures: CostFigures[] = [];
  try {
    for (const count of [1000, grants]) {
      await fillStore(settings, application, count - (figures.at(-1)?.stored ?? 0));
      figures.push({
        ...{ kind, stored: count },
        ...(await measure(emulator, open.store)),
        bytesPerGrant: await bytesPerGrant(settings, application, count),
      });
    }
  } finally {
    await rows.drop();
    await open.close();
    await emulator.stop();
  }
  return figures;
}

async function measure(emulator: Emulator, grants: GrantStore) {
  const { store, reads } = counting(grants);
  const app = await startApp(emulator, { options: { grants: store }, routes });
  const browser = new Browser();
  await browser.signIn(emulator, app.url);
  const userId = emulator.users[0]?.id ?? "";
  /** A process that has not seen the grant; its sessions are those of the first. */
  const another = () =>
    startApp(emulator, { options: { grants: store }, session: { store: app.store }, routes });
  const [other, third] = [await another(), await another()];
  const readsOf = async (work: () => Promise<unknown>) => {
    const before = reads();
    await work();
    return reads() - before;
  };
  const whoami = () => browser.json(`${other.url}/whoami`);
  const readsOfSignedInRequest = { first: await readsOf(whoami), later: await readsOf(whoami) };
  const job = anotherProcess(emulator, store);
  const background = async () =>
    void (await (await job.grantFor(userId, "READ_BLOCK")).api.GET("/v1/blocks"));
  const figures = {
    readsOfSignedInRequest,
    readsOfFreshToken: {
      request: await readsOf(() => browser.fetch(`${third.url}/api`)),
      background: await readsOf(background),
      later: await readsOf(() => browser.fetch(`${third.url}/api`)),
    },
    msOf: {
      grantFor: await median(() => job.grantFor(userId, "READ_BLOCK")),
      signInsOf: await median(() => job.signInsOf(userId)),
    },
  };
  await job.signOutEverywhere(userId);
  await Promise.all([app, other, third].map((one) => one.stop()));
  return figures;
}

function routes(express: Express): void {
  express.get("/api", async (req, res) => {
    const { response } = await req.autogpt.api.GET("/v1/blocks");
    res.sendStatus(response.status);
  });
}

function counting(inner: GrantStore): { store: GrantStore; reads: () => number } {
  let count = 0;
  const store: GrantStore = {
    ...inner,
    read(key) {
      count += 1;
      return inner.read(key);
    },
    list(user) {
      count += 1;
      return inner.list(user);
    },
  };
  return { store, reads: () => count };
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 200; n += 1) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  return Number((times.sort((a, b) => a - b)[100] ?? 0).toFixed(2));
}
