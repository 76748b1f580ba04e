/** `npm run bench [-- NAMES] [--json] [--seed N] [--seconds N] [--grants N] [--rounds N]`: the README's figures. */
import { parseArgs } from "node:util";
import type { StoreKind } from "../harness/shared-store.js";
import { runChaos } from "./chaos.js";
import { runCost } from "./cost.js";
import { runPeers } from "./peers/run.js";
import { toMarkdown } from "./peers/table.js";
import { runStorm } from "./storm.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    seconds: { type: "string", default: "60" },
    grants: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "15" },
  },
});

/** Three times what a lease lasts. */
const SLOWEST = 30_000;

const STORES: readonly StoreKind[] = ["node-redis", "postgres"];

/** Requests of one round: enough for some collections of garbage. */
const REQUESTS = 3000;

const onEachStore =
  (bench: (kind: StoreKind) => Promise<object | object[]>) => async (): Promise<object[]> => {
    const results: object[] = [];
    for (const kind of STORES) {
      const figures = [await bench(kind)].flat();
      if (!values.json) console.log(`\n${kind}\n`, figures);
      results.push(...figures);
    }
    return results;
  };

const seed = Number(values.seed);

const benches: Record<string, () => Promise<object>> = {
  storm: onEachStore(runStorm),
  chaos: onEachStore((kind) => runChaos({ kind, seconds: Number(values.seconds), seed, slowest: SLOWEST })),
  cost: onEachStore((kind) => runCost(kind, Number(values.grants))),
  // Only when it is named: it installs packages.
  async peers() {
    const figures = await runPeers({ rounds: Number(values.rounds), requests: REQUESTS, seed });
    if (!values.json) console.log(toMarkdown(figures));
    return figures;
  },
};

const names = positionals.length > 0 ? positionals : Object.keys(benches).filter((name) => name !== "peers");
for (const name of names) {
  if (!(name in benches)) {
    console.error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
    process.exit(1);
  }
}
if (!values.json) console.log(`seed ${seed}`);
const results: Record<string, object> = {};
for (const name of names) {
  if (!values.json) console.log(`\n${name}`);
  results[name] = (await benches[name]?.()) ?? [];
}
if (values.json) console.log(JSON.stringify({ seed, ...results }, null, 2));
process.exit(0);
