import { cpus } from "node:os";
import { exampleApplication, startEmulator } from "express-autogpt/emulator";
import { instanceOf } from "../../harness/fleet.js";
import { rowsOf } from "../../harness/store-rows.js";
import { Random } from "../random.js";
import { installPeers, readVersions } from "./install.js";
import { startProvider, USER } from "./provider.js";
import { measureStorms, type StormCost } from "./refresh-storm.js";
import { type Amounts, measureRequests, type RequestCost } from "./request-cost.js";
import { measureRouter, type RouterCost } from "./router-cost.js";

export interface PeerFigures {
  readonly machine: { readonly node: string; readonly cores: number; readonly cpu: string };
  readonly amounts: Amounts;
  readonly versions: Readonly<Record<string, string>>;
  readonly requests: readonly RequestCost[];
  readonly router: readonly RouterCost[];
  readonly storm: readonly StormCost[];
  /** The same at a provider that ends a grant when a spent refresh token comes again. */
  readonly stormWithReuseDetection: readonly StormCost[];
}

const SOMEBODY_ELSE = { ...USER, id: "0b000000-0000-4000-8000-000000000002", email: "else@example.com" };

/** The same signed-in route on this package and on its peers, and one refresh storm. */
export async function runPeers({ seed, ...amounts }: Amounts & { seed: number }): Promise<PeerFigures> {
  await installPeers();
  const provider = await startProvider();
  const client_id = `agpt_client_bench_${process.pid}`; // its own keys in a Redis that is shared
  const emulator = await startEmulator({
    applications: [{ ...exampleApplication, client_id }],
    users: [USER, SOMEBODY_ELSE],
  });
  const application = instanceOf(client_id, emulator);
  const rows = await rowsOf({ kind: "node-redis", table: "" }, application);
  const surroundings = { provider, emulator, redisPrefix: `autogpt:${application}:session:` };
  try {
    return {
      machine: { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? "unknown" },
      amounts,
      versions: readVersions(),
      router: await measureRouter(surroundings, amounts),
      requests: await measureRequests(surroundings, amounts, new Random(seed)),
      storm: await measureStorms(surroundings, false),
      stormWithReuseDetection: await measureStorms(surroundings, true),
    };
  } finally {
    provider.stop();
    await rows.drop();
    await emulator.stop();
  }
}
