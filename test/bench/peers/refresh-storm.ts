import { setTimeout as wait } from "node:timers/promises";
import { Browser } from "../../harness/browser.js";
import { Peer, type PeerKind, type Surroundings } from "./peer.js";
import { USER } from "./provider.js";
import { SUBJECTS } from "./subjects.js";

/** What 50 parallel requests with an access token that has expired came to. */
export interface StormCost {
  readonly name: string;
  readonly store: PeerKind["store"];
  readonly requests: number;
  readonly failed: number;
  /** Refreshes at the token endpoint. */
  readonly tokenCalls: number;
  /** Whether the browser's next request works, and one after the new access token has expired too. */
  readonly works: { readonly next: boolean; readonly afterNextExpiry: boolean };
}

const REQUESTS = 50;

/** What the token endpoint takes, in milliseconds: a busy platform across an ocean. */
const TOKEN_ENDPOINT_TAKES = 200;

/** Seconds an access token lasts: gone after the sign-in, long enough for a storm on a busy machine. */
const SHORT = 1;
const LONG = 10;

/** @param endsGrantAtReuse what the provider does beyond the platform's own rules; see token-book.ts. */
export async function measureStorms(
  surroundings: Surroundings,
  endsGrantAtReuse: boolean,
): Promise<StormCost[]> {
  surroundings.provider.book.endsGrantAtReuse = endsGrantAtReuse;
  const costs: StormCost[] = [];
  for (const kind of SUBJECTS.filter(({ refreshes }) => refreshes)) {
    const peer = await Peer.start(kind, surroundings);
    try {
      costs.push(await storm(peer));
    } finally {
      await peer.stop();
    }
  }
  return costs;
}

async function storm(peer: Peer): Promise<StormCost> {
  const { kind } = peer;
  const platform = kind.signsIn === "autogpt" ? beforeEmulator(peer) : beforeProvider(peer);
  await platform.signIn();
  await platform.expireAccessToken();
  platform.countAndBeSlow();
  const answers = await Promise.all(Array.from({ length: REQUESTS }, () => callApi(peer, platform.userId)));
  const tokenCalls = platform.tokenCalls();
  const next = await callApi(peer, platform.userId);
  await platform.expireAccessToken();
  return {
    ...{ name: kind.name, store: kind.store, requests: REQUESTS, tokenCalls },
    failed: answers.filter((works) => !works).length,
    works: { next, afterNextExpiry: await callApi(peer, platform.userId) },
  };
}

/** Whether the route that calls the API answered whose the access token is. */
async function callApi({ browser, url }: Peer, userId: string): Promise<boolean> {
  const answer = await browser.fetch(`${url}/api`, { headers: { accept: "application/json" } });
  if (answer.status !== 200) return false;
  const body: unknown = await answer.json();
  return Object(body).id === userId;
}

/** The peers' provider has the peers' clock, so an access token expires by waiting. */
function beforeProvider(peer: Peer) {
  const { book, speed } = peer.surroundings.provider;
  let lifetime = SHORT;
  return {
    userId: USER.id,
    async signIn() {
      book.lifetime = lifetime;
      speed.delay = 0;
      await peer.signIn();
    },
    async expireAccessToken() {
      await wait(lifetime * 1000 + 500);
      lifetime = LONG;
      book.lifetime = lifetime;
    },
    countAndBeSlow() {
      book.refreshes = 0;
      speed.delay = TOKEN_ENDPOINT_TAKES;
    },
    tokenCalls: () => book.refreshes,
  };
}

function beforeEmulator(peer: Peer) {
  const { emulator } = peer.surroundings;
  const [user, somebodyElse] = emulator.users;
  if (!user || !somebodyElse) throw new Error("the emulator has two users");
  return {
    userId: user.id,
    signIn: () => peer.signIn(user.id),
    async expireAccessToken() {
      emulator.advanceClock(3601);
      // The app learns the time from any answer of the platform; the peers know it by themselves.
      await new Browser().signIn(emulator, peer.url, { userId: somebodyElse.id });
    },
    countAndBeSlow() {
      emulator.clearRequests();
      emulator.addFault({ path: "/api/oauth/token", delay_ms: TOKEN_ENDPOINT_TAKES, times: REQUESTS });
    },
    tokenCalls: () => emulator.requests().filter(({ grant_type }) => grant_type === "refresh_token").length,
  };
}
