import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { buildApp } from "./build.js";
import { type Certificate, startNginx } from "./nginx.js";
import { startPlatform } from "./platform.js";
import { runAndStop, startProgram, takePort } from "./processes.js";
import type { Row } from "./rows.js";
import { makeDatabase } from "./stores.js";
import { expectDiagnosis, expectSignIn, type Place } from "./visit.js";

/** What the rows share. */
export interface Tools {
  readonly nodes: Readonly<Record<Row["node"], string>>;
  readonly certificate: Certificate;
  /** Where files may be left, and no package is found. */
  readonly folder: string;
  /** Where the package is installed for such a row. */
  appOf(row: Pick<Row, "express" | "store">): string;
}

/** Builds a row's app, runs it, and signs in. */
export function tryRow(row: Row, tools: Tools): Promise<void> {
  return runAndStop((onEnd) => signInAt(row, tools, onEnd));
}

async function signInAt(
  row: Row,
  tools: Tools,
  onEnd: (stop: () => Promise<unknown>) => void,
): Promise<void> {
  const app = tools.appOf(row);
  const node = tools.nodes[row.node];
  const folder = await mkdtemp(join(app, "app-"));
  const program = await buildApp(row, folder, await mkdtemp(join(tools.folder, "bare-")));

  const appPort = await takePort();
  const port = row.front === "direct" ? appPort : await takePort();
  const prefix = row.mount === "root" ? "" : "/app";
  const strip = row.mount === "stripped" ? prefix : "";
  const place: Place = {
    url: `${row.front === "direct" ? "http" : "https"}://localhost:${port}${prefix}`,
    mount: strip ? "" : prefix,
    ca: tools.certificate.pem,
  };
  if (row.front !== "direct") {
    const nginx = await startNginx({ port, appPort, strip, certificate: tools.certificate });
    onEnd(nginx.stop);
  }
  const database = row.store === "postgres" ? await makeDatabase() : undefined;
  if (database) onEnd(database.drop);
  const platform = await startPlatform({ node, app, folder }, [`${place.url}/auth/callback`]);
  onEnd(platform.program.stop);

  const env = {
    ...platform.environments[0],
    ...database?.env,
    PORT: String(appPort),
    SESSION_SECRET: randomBytes(32).toString("base64"),
    MOUNT: place.mount,
    BASE_PATH: strip,
  };
  const start = async (more: Record<string, string>) => {
    const started = await startProgram(node, [program], {
      cwd: folder,
      env: { ...env, ...more },
      isReady: (output) => output.includes("listens"),
    });
    onEnd(started.stop);
    return started;
  };
  if (row.front === "forgotten") {
    const forgetful = await start({});
    await expectDiagnosis(place, platform, forgetful.errors);
    expect(await forgetful.stop()).toBe(0);
  }
  const running = await start(row.front === "direct" ? {} : { TRUST_PROXY: "1" });
  await expectSignIn(place, platform);
  expect(await running.stop()).toBe(0);
  expect(running.errors()).toBe("");
  expect(await platform.program.stop()).toBe(0);
  expect(platform.program.errors()).toBe("");
}
