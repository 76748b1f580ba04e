import type { Random } from "../random.js";
import { type Load, load, summarize } from "./load.js";
import { Peer, type PeerKind, type Surroundings } from "./peer.js";
import { SUBJECTS } from "./subjects.js";

/** What one signed-in GET that answers the user takes. */
export interface RequestCost extends Load {
  readonly name: string;
  readonly store: PeerKind["store"];
}

/** How much is measured. */
export interface Amounts {
  readonly rounds: number;
  /** Requests of one subject in one round. */
  readonly requests: number;
}

/** Requests until the compiler has seen enough of a program. */
export const WARM_UP = 6000;

/** Each subject once per round, in an order that each round makes anew, so that the machine's moods hit all alike. */
export async function measureRequests(
  surroundings: Surroundings,
  { rounds, requests }: Amounts,
  random: Random,
): Promise<RequestCost[]> {
  const peers: Peer[] = [];
  const seen = new Map<Peer, Load[]>();
  const userOf = (peer: Peer) => `${peer.url}/user`;
  try {
    for (const kind of SUBJECTS) {
      const peer = await Peer.start(kind, surroundings);
      peers.push(peer);
      await peer.signIn();
      await load(peer, userOf(peer), WARM_UP);
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const peer of random.shuffle(peers)) {
        seen.set(peer, [...(seen.get(peer) ?? []), await load(peer, userOf(peer), requests)]);
      }
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
  return [...seen].map(([{ kind }, loads]) => ({ name: kind.name, store: kind.store, ...summarize(loads) }));
}
