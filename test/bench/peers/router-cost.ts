import { KeptConnections } from "./keep-asking.js";
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
  { rounds }: Pick<Amounts, "rounds">,
): Promise<RouterCost[]> {
  const costs: RouterCost[] = [];
  for (const store of ["memory", "Redis"] as const) {
    const kind = { name: "router on and off", store, program: "router-on-off", signsIn: "autogpt" } as const;
    const peer = await Peer.start(kind, surroundings);
    try {
      await peer.signIn();
      costs.push({ store, ...(await measurePairs(peer, rounds)) });
    } finally {
      await peer.stop();
    }
  }
  return costs;
}

/** A round goes back and forth between the two many times, so that a moment's mood of the machine hits both. */
const TURNS = 50;

/** Requests of one side in one turn. */
const A_TURN = 100;

async function measurePairs(peer: Peer, rounds: number) {
  const added: number[] = [];
  const without: number[] = [];
  const [on = "", off = ""] = peer.urls.map((url) => `${url}/user`);
  const connections = new KeptConnections(peer);
  const expected = await peer.read(on);
  for (const url of [on, off]) await connections.ask(url, WARM_UP, expected);
  for (let round = 0; round < rounds; round += 1) {
    const cpu = { on: 0, off: 0 };
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const side of turn % 2 ? (["on", "off"] as const) : (["off", "on"] as const)) {
        cpu[side] += (await connections.ask(side === "on" ? on : off, A_TURN, expected)) / TURNS;
      }
    }
    without.push(cpu.off);
    added.push(cpu.on - cpu.off);
  }
  connections.close();
  return {
    added: quantile(added, 0.5),
    spread: [quantile(added, 0.25), quantile(added, 0.75)] as const,
    without: quantile(without, 0.5),
  };
}
