import { callWorker, Fleet } from "../harness/fleet.js";
import type { StoreKind } from "../harness/shared-store.js";

export interface StormFigures {
  readonly kind: StoreKind;
  readonly processes: number;
  readonly requests: number;
  /** Refreshes at the token endpoint. */
  readonly tokenCalls: number;
  /** Requests that were answered with anything but the user's own data. */
  readonly failed: number;
  /** Calls of the API with an access token that had expired. */
  readonly callsWithOldToken: number;
  /** From the first request to the last answer, in milliseconds. */
  readonly ms: number;
  readonly signedIn: boolean;
}

const PER_PROCESS = 50;

/** What the token endpoint takes: a busy platform across an ocean. */
const TOKEN_ENDPOINT_TAKES = 200;

/** 50 parallel signed-in requests per process on one access token that has just expired, for 1, 2, 4, 8 processes. */
export async function runStorm(kind: StoreKind): Promise<StormFigures[]> {
  const fleet = await Fleet.start({ kind, users: 2 });
  const figures: StormFigures[] = [];
  try {
    for (const processes of [1, 2, 4, 8]) {
      while (fleet.workers.length < processes) await fleet.startWorker();
      figures.push(await storm(fleet, kind));
    }
  } finally {
    await fleet.stop();
  }
  return figures;
}

async function storm(fleet: Fleet, kind: StoreKind): Promise<StormFigures> {
  const { emulator, front, workers, users } = fleet;
  const [one, two] = users;
  if (!one || !two) throw new Error("the fleet has two users");
  // Everybody has been at work for an hour: they know the time, and user one.
  await Promise.all(workers.map((worker) => callWorker(worker, "/me", one.cookie)));
  emulator.advanceClock(3601);
  await fleet.signIn(two.id);
  await Promise.all(workers.map((worker) => callWorker(worker, `/background/${two.id}`)));
  front.apiCalls.length = 0;
  front.tokenCalls.length = 0;

  emulator.addFault({ path: "/api/oauth/token", delay_ms: TOKEN_ENDPOINT_TAKES });
  const begun = performance.now();
  const answers = await Promise.all(
    workers.flatMap((worker) =>
      Array.from({ length: PER_PROCESS }, () => callWorker(worker, "/me", one.cookie)),
    ),
  );
  const ms = Math.round(performance.now() - begun);
  const signedIn = await Promise.all(workers.map((worker) => callWorker(worker, "/signed-in", one.cookie)));
  return {
    kind,
    processes: workers.length,
    requests: answers.length,
    tokenCalls: fleet.refreshes.length,
    failed: answers.filter((answer) => answer?.status !== 200 || answer.body.me !== one.id).length,
    callsWithOldToken: front.apiCalls.filter(({ status }) => status !== 200).length,
    ms,
    signedIn: signedIn.every((answer) => answer?.body.signedIn === true),
  };
}
