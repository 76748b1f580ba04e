/** `npm run bench [-- NAMES] [--json] [--seed N] [--seconds N] [--warm-up N] [--grants N] [--rounds N]`: the README's figures. */
import { inspect, parseArgs } from "node:util";
import type { StoreKind } from "../harness/shared-store.js";
import { runChaos } from "./chaos.js";
import { runCost } from "./cost.js";
import { runPeers } from "./peers/run.js";
import { toMarkdown } from "./peers/table.js";
import { runSoak } from "./soak.js";
import { runStorm } from "./storm.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    seconds: { type: "string", default: "60" },
    "warm-up": { type: "string", default: "660" },
    grants: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "15" },
  },
});

/** Three times what a lease lasts. */
const SLOWEST = 30_000;

const STORES: readonly StoreKind[] = ["node-redis", "postgres"];

/** Requests of one round: enough for some collections of garbage. */
const REQUESTS = 3000;

type Bench = Readonly<Record<string, () => Promise<object | object[]>>>;

function onEachStore(run: (kind: StoreKind) => Promise<object | object[]>): Bench {
  return Object.fromEntries(STORES.map((kind) => [kind, () => run(kind)]));
}

const seed = Number(values.seed);
const seconds = Number(values.seconds);
const soak = (where: "memory" | "redis") =>
  runSoak({
    where,
    users: 200,
    warmUpSeconds: Number(values["warm-up"]),
    seconds,
    seed,
    thinks: [1500, 4500],
  });

const benches: Readonly<Record<string, Bench>> = {
  storm: onEachStore(runStorm),
  chaos: onEachStore((kind) => runChaos({ kind, seconds, seed, slowest: SLOWEST })),
  cost: onEachStore((kind) => runCost(kind, Number(values.grants))),
  // Only when it is named: it installs packages.
  peers: {
    async "beside other packages"() {
      const figures = await runPeers({ rounds: Number(values.rounds), requests: REQUESTS, seed });
      if (!values.json) console.log(toMarkdown(figures));
      return figures;
    },
  },
  // Both at once: they do not measure time.
  soak: { "memory, redis": () => Promise.all([soak("memory"), soak("redis")]) },
};

const names = positionals.length > 0 ? positionals : Object.keys(benches).filter((name) => name !== "peers");
for (const name of names) {
  if (!(name in benches)) {
    console.error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
    process.exit(1);
  }
}
if (!values.json) console.log(`seed ${seed}`);
const results: Record<string, object[]> = {};
for (const name of names) {
  results[name] = [];
  for (const [kind, run] of Object.entries(benches[name] ?? {})) {
    const figures = await run();
    results[name].push(...(Array.isArray(figures) ? figures : [figures]));
    if (!values.json) console.log(`\n${name}, ${kind}\n${inspect(figures, { depth: 4 })}`);
  }
}
if (values.json) console.log(JSON.stringify({ seed, ...results }, null, 2));
process.exit(0);
