import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import type { Peer } from "./peer.js";
import { median, quantile } from "./quantile.js";

/** Connections that stay open, each with one request at a time. */
const CONNECTIONS = 10;

/** What some thousand requests took. */
export interface Load {
  /** CPU time per request of the whole server process, in microseconds. */
  readonly cpu: number;
  readonly requestsPerSecond: number;
  /** Milliseconds, seen by the client. */
  readonly p99: number;
}

const fromServers = createRequire(new URL("servers/", import.meta.url));

/** The part of autocannon that is used; it is installed by install.ts, so the compiler does not know it. */
type Autocannon = (options: object) => EventEmitter & PromiseLike<Record<Wrong, number>>;

const WRONG = ["mismatches", "errors", "timeouts", "non2xx"] as const;
type Wrong = (typeof WRONG)[number];

/**
 * So many signed-in requests to one server of the peer, by autocannon.
 *
 * @throws {Error} when an answer is not the user.
 */
export async function load(peer: Peer, url: string, requests: number): Promise<Load> {
  const autocannon: Autocannon = fromServers("autocannon");
  const expected = await peer.read(url);
  const cpu = await peer.cpu();
  const times: number[] = [];
  const begun = performance.now();
  let ended = begun;
  const run = autocannon({
    ...{ url, connections: CONNECTIONS, amount: requests },
    headers: { cookie: peer.cookie, accept: "application/json" },
    verifyBody: (body: unknown) => body === expected,
  });
  run.on("response", (_client, _status, _bytes, ms: number) => {
    times.push(ms);
    ended = performance.now();
  });
  const result = await run;
  if (times.length !== requests || WRONG.some((kind) => result[kind] > 0)) {
    throw new Error(`${peer.kind.name} did not answer the user each time: ${JSON.stringify(result)}`);
  }
  return {
    cpu: ((await peer.cpu()) - cpu) / requests,
    requestsPerSecond: requests / ((ended - begun) / 1000),
    p99: quantile(times, 0.99),
  };
}

/** The medians of some loads. */
export function summarize(loads: readonly Load[]): Load {
  const of = (name: keyof Load) => median(loads.map((one) => one[name]));
  return { cpu: of("cpu"), requestsPerSecond: of("requestsPerSecond"), p99: of("p99") };
}
