import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../check/tool.js";
import { factors, type Row } from "./rows.js";

/** What an app with that store installs beside express and express-session. */
const DRIVERS: Readonly<Record<Row["store"], readonly string[]>> = {
  memory: [],
  redis: ["redis", "connect-redis"],
  postgres: ["pg", "connect-pg-simple", "@types/pg", "@types/connect-pg-simple"],
};

/** The floor of `engines`; of the other versions the newest is taken. */
const OLDEST = "20.19.0";

/** Packs the checkout, which must be built, and answers where the tarball is. */
export async function pack(folder: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const stdout = await npm(root, args);
  // npm's own format: one entry per package packed.
  const [report]: { filename: string }[] = JSON.parse(stdout);
  if (!report) throw new Error(`npm pack reported no package: ${stdout}`);
  return join(folder, report.filename);
}

/** A fresh app for each Express and store, with the tarball in it; answers their folders, by "5 redis". */
export async function installApps(folder: string, tarball: string): Promise<ReadonlyMap<string, string>> {
  const apps = new Map<string, string>();
  for (const express of factors.express) {
    for (const store of factors.store) {
      const app = join(folder, `express${express}-${store}`);
      const frame = [`express@${express}`, `@types/express@${express}`];
      const sessions = ["express-session", "@types/express-session"];
      await install(app, [tarball, ...frame, ...sessions, ...DRIVERS[store]]);
      apps.set(`${express} ${store}`, app);
    }
  }
  return apps;
}

/** Installs every Node; answers where the program of each is. */
export async function installNodes(folder: string): Promise<Readonly<Record<Row["node"], string>>> {
  const nodes = join(folder, "nodes");
  await install(
    nodes,
    factors.node.map((version) => `node${version}@npm:node@${version === "20" ? OLDEST : version}`),
  );
  const program = (version: Row["node"]) => join(nodes, `node_modules/node${version}/bin/node`);
  return { 20: program("20"), 22: program("22"), 24: program("24"), 26: program("26") };
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  await npm(folder, [
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    ...packages,
  ]);
}

async function npm(cwd: string, args: readonly string[]): Promise<string> {
  // `npm run` hands its own settings on as npm_*; an app's `npm install` does not have them.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  return (await promisify(execFile)("npm", args, { cwd, env })).stdout;
}
