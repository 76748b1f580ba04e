import { load } from "./load.js";
import { Peer, type Surroundings } from "./peer.js";
import { quantile } from "./quantile.js";
import { type Amounts, WARM_UP } from "./request-cost.js";

/** What our router adds to a signed-in request on express-session, in microseconds of CPU time. */
export interface RouterCost {
  readonly store: string;
  readonly added: number;
  /** The quarter and three quarters points of the pairs. */
  readonly spread: readonly [number, number];
  readonly without: number;
}

/** The same requests with our router and without it, in one process: what differs is the router. */
export async function measureRouter(
  surroundings: Surroundings,
  { rounds, requests }: Amounts,
): Promise<RouterCost[]> {
  const costs: RouterCost[] = [];
  for (const store of ["memory", "Redis"] as const) {
    const kind = { name: "router on and off", store, program: "router-on-off", signsIn: "autogpt" } as const;
    const peer = await Peer.start(kind, surroundings);
    try {
      await peer.signIn();
      costs.push({ store, ...(await measurePairs(peer, rounds, requests)) });
    } finally {
      await peer.stop();
    }
  }
  return costs;
}

async function measurePairs(peer: Peer, rounds: number, requests: number) {
  const added: number[] = [];
  const without: number[] = [];
  const [on = "", off = ""] = peer.urls.map((url) => `${url}/user`);
  for (const url of [on, off]) await load(peer, url, WARM_UP);
  for (let round = 0; round < rounds; round += 1) {
    const cpu = new Map<string, number>();
    // Who goes first changes, so that what grows within a pair adds to neither side.
    for (const url of round % 2 ? [on, off] : [off, on]) cpu.set(url, (await load(peer, url, requests)).cpu);
    without.push(cpu.get(off) ?? Number.NaN);
    added.push((cpu.get(on) ?? Number.NaN) - (cpu.get(off) ?? Number.NaN));
  }
  return {
    added: quantile(added, 0.5),
    spread: [quantile(added, 0.25), quantile(added, 0.75)] as const,
    without: quantile(without, 0.5),
  };
}
