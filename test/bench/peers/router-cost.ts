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

/** A round goes back and forth between the two, so that a moment's mood of the machine hits both. */
const TURNS = 10;

async function measurePairs(peer: Peer, rounds: number, requests: number) {
  const added: number[] = [];
  const without: number[] = [];
  const [on = "", off = ""] = peer.urls.map((url) => `${url}/user`);
  for (const url of [on, off]) await load(peer, url, WARM_UP);
  for (let round = 0; round < rounds; round += 1) {
    const cpu = { on: 0, off: 0 };
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const side of turn % 2 ? (["on", "off"] as const) : (["off", "on"] as const)) {
        cpu[side] += (await load(peer, side === "on" ? on : off, requests / TURNS)).cpu / TURNS;
      }
    }
    without.push(cpu.off);
    added.push(cpu.on - cpu.off);
  }
  return {
    added: quantile(added, 0.5),
    spread: [quantile(added, 0.25), quantile(added, 0.75)] as const,
    without: quantile(without, 0.5),
  };
}
