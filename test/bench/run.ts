/** `npm run bench [-- NAMES] [--json] [--seed N] [--seconds N] [--warm-up N] [--grants N]`: the figures that the README names. */
import { parseArgs } from "node:util";
import type { StoreKind } from "../harness/shared-store.js";
import { runChaos } from "./chaos.js";
import { runCost } from "./cost.js";
import { runStorm } from "./storm.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    seconds: { type: "string", default: "60" },
    "warm-up": { type: "string", default: "660" },
    grants: { type: "string", default: "1000000" },
  },
});

/** Three times what a lease lasts. */
const SLOWEST = 30_000;

const STORES: readonly StoreKind[] = ["node-redis", "postgres"];

const benches: Record<string, (kind: StoreKind) => Promise<object | object[]>> = {
  storm: runStorm,
  chaos: (kind) =>
    runChaos({ kind, seconds: Number(values.seconds), seed: Number(values.seed), slowest: SLOWEST }),
  cost: (kind) => runCost(kind, Number(values.grants)),
};

const names = positionals.length > 0 ? positionals : Object.keys(benches);
for (const name of names) {
  if (!(name in benches)) {
    console.error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
    process.exit(1);
  }
}
if (!values.json) console.log(`seed ${values.seed}`);
const results: Record<string, object[]> = {};
for (const name of names) {
  results[name] = [];
  for (const kind of STORES) {
    const figures = (await benches[name]?.(kind)) ?? [];
    results[name].push(...(Array.isArray(figures) ? figures : [figures]));
    if (!values.json) console.log(`\n${name}, ${kind}\n`, figures);
  }
}
if (values.json) console.log(JSON.stringify({ seed: Number(values.seed), ...results }, null, 2));
process.exit(0);
