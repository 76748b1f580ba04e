import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { installApp, installNodes, pack } from "./install.js";
import { makeCertificate } from "./nginx.js";
import { rows } from "./rows.js";
import { type Tools, tryRow } from "./try-row.js";

let folder: string;
let tools: Tools;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "express-autogpt-matrix-"));
  const [tarball, certificate, nodes] = await Promise.all([
    pack(folder),
    makeCertificate(folder),
    installNodes(folder),
  ]);
  const apps = new Map<string, string>();
  for (const { express, store } of rows) {
    const name = `${express} ${store}`;
    if (!apps.has(name)) apps.set(name, await installApp(folder, tarball, { express, store }));
  }
  tools = { nodes, certificate, appOf: ({ express, store }) => apps.get(`${express} ${store}`) ?? "" };
});
afterAll(() => rm(folder, { recursive: true }));

describe.concurrent("an app with the packed package signs in", () => {
  it.for(rows)("Node $node, Express $express, $form, TypeScript $typescript, $store, $mount, $front", (row) =>
    tryRow(row, tools),
  );
});
