import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { demand } from "../harness/needs.js";
import { installApps, installNodes, pack } from "./install.js";
import { makeCertificate } from "./nginx.js";
import { rows } from "./rows.js";
import { type Tools, tryRow } from "./try-row.js";
import { tryTwoApplications } from "./try-two-applications.js";

let folder: string;
let tools: Tools;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "express-autogpt-matrix-"));
  for (const need of ["nginx", "Redis", "PostgreSQL"] as const) await demand(need);
  const certificate = await makeCertificate(folder);
  const tarball = await pack(folder);
  const [nodes, apps] = await Promise.all([installNodes(folder), installApps(folder, tarball)]);
  tools = {
    folder,
    nodes,
    certificate,
    appOf: ({ express, store }) => apps.get(`${express} ${store}`) ?? "",
  };
});
afterAll(() => rm(folder, { recursive: true }));

describe.concurrent("an app with the packed package signs in", () => {
  it.for(rows)("Node $node, Express $express, $form, TypeScript $typescript, $store, $mount, $front", (row) =>
    tryRow(row, tools),
  );
  it("to two applications of the platform at once", () =>
    tryTwoApplications(tools.nodes[24], tools.appOf({ express: "5", store: "memory" })));
});
