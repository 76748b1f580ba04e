import { setTimeout as wait } from "node:timers/promises";
import type { EmulatorFault } from "express-autogpt/emulator";
import { startCutProxy } from "../harness/cut-proxy.js";
import { callWorker, Fleet, type FleetUser } from "../harness/fleet.js";
import { portOf, type StoreKind } from "../harness/shared-store.js";
import type { Worker } from "../harness/workers.js";
import { type ChaosFigures, closeTheBooks, type Seen } from "./chaos-books.js";
import { Random } from "./random.js";

export interface ChaosSettings {
  readonly kind: StoreKind;
  readonly seconds: number;
  readonly seed: number;
  readonly users?: number;
  readonly processes?: number;
  /** The slowest answer of the token endpoint, in milliseconds. */
  readonly slowest: number;
}

type BadAnswer = Omit<EmulatorFault, "path">;

/** What a token endpoint does on a bad day; nothing of it does the work. */
const BAD_ANSWERS: readonly [BadAnswer, ...BadAnswer[]] = [
  { status: 500, body: { detail: "oops" } },
  { status: 429, body: { detail: "slow down" }, headers: { "Retry-After": "1" } },
  { status: 502, body: "<html>bad gateway</html>" },
  { status: 200, body: "<html>maintenance</html>" },
  { drop: "before" },
];

/** How long the end of a run waits for what is still under way, beyond the slowest answer. */
const PATIENCE = 60_000;

/**
 * Users who click, background jobs, a platform, a database and processes that all have a bad day at once. Resolves
 * to what became of it, counted against the books of the platform.
 */
export async function runChaos(settings: ChaosSettings): Promise<ChaosFigures> {
  const { kind, users = 20, processes = 4, seed } = settings;
  const random = new Random(seed);
  const proxy = await startCutProxy(portOf(kind));
  const fleet = await Fleet.start({ kind, users, storePort: proxy.port });
  const seen: Seen = { statuses: {}, wrongUser: 0, lostSignIns: new Set(), exits: [] };
  try {
    await Promise.all(Array.from({ length: processes }, () => fleet.startWorker()));
    const until = Date.now() + settings.seconds * 1000;
    const every = async (least: number, most: number, rhythm: Random, act: () => unknown) => {
      while (Date.now() < until) {
        await wait(rhythm.between(least, most));
        if (Date.now() < until) await act();
      }
    };
    let clockMoves = 0;
    const [weather, clock, database, deploys] = [random.fork(), random.fork(), random.fork(), random.fork()];
    await Promise.all([
      ...fleet.users.map((user) => beUser(fleet, user, until, random.fork(), seen)),
      every(100, 500, weather, badWeather(fleet, weather, settings.slowest)),
      every(1500, 3500, clock, () => {
        clockMoves += 1;
        fleet.emulator.advanceClock(clock.between(3301, 3700));
      }),
      every(700, 2500, database, () => proxy.cutAll(database.pick([0, 0, 0, database.between(100, 1500)]))),
      every(2000, 5000, deploys, () => replaceWorker(fleet, deploys, seen)),
      every(8000, 20_000, random, () => fleet.front.dropAnswers(1)),
    ]);
    fleet.front.dropAnswers(0);
    await settle(fleet, seen, settings.slowest);
    const ended = fleet.workers.filter((worker) => !worker.ending).map((worker) => endOf(worker, seen));
    await Promise.all(ended);
    return await closeTheBooks(fleet, seen, { ...settings, users, processes, clockMoves, cuts: proxy.cuts });
  } finally {
    await fleet.stop();
    await proxy.stop();
  }
}

async function beUser(fleet: Fleet, user: FleetUser, until: number, random: Random, seen: Seen) {
  while (Date.now() < until) {
    const calls = Array.from({ length: random.between(1, 3) }, () => click(fleet, user, random, seen));
    const answers = await Promise.all(calls);
    if (answers.includes("lost")) await signInAgain(fleet, user.id);
    await wait(random.between(100, 400));
  }
}

async function click(fleet: Fleet, user: FleetUser, random: Random, seen: Seen) {
  const { id, cookie, grantId } = user;
  const at = random.next();
  const path = random.pick(["/me", "/me", `/background/${id}`, "/signed-in"]);
  const living = fleet.workers.filter((worker) => !worker.ending);
  const worker = living[Math.floor(at * living.length)];
  const answer = worker && (await callWorker(worker, path, path.startsWith("/back") ? undefined : cookie));
  const status = answer?.status ?? "its process ended";
  seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
  if (!answer) return "ended";
  const { body } = answer;
  const whose = [body.user, body.me].filter((name) => name !== undefined);
  if (whose.some((name) => name !== id)) seen.wrongUser += 1;
  const lost = answer.status === 401 || body.signedIn === false;
  if (!lost) return answer.status;
  seen.lostSignIns.add(grantId);
  return "lost";
}

/** The token endpoint's bad day hits this sign-in too, so until it works. */
async function signInAgain(fleet: Fleet, userId: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const done = await fleet.signIn(userId).then(
      () => true,
      () => wait(200, false),
    );
    if (done) return;
  }
  throw new Error("nobody can sign in any more");
}

/** At most so many requests have their bad luck ahead of them, so that the end of a run is not spent on it. */
const MOST_BAD_LUCK = 3;

function badWeather({ emulator }: Fleet, random: Random, slowest: number): () => void {
  let added = 0;
  return () => {
    if (added - emulator.requests().filter(({ fault }) => fault).length >= MOST_BAD_LUCK) return;
    added += 1;
    const path = "/api/oauth/token";
    const luck = random.next();
    // One in ten as slow as can be, four in ten a little slow, the others of no use.
    if (luck < 0.1) emulator.addFault({ path, delay_ms: slowest });
    else if (luck < 0.5) emulator.addFault({ path, delay_ms: random.between(50, slowest / 10) });
    else emulator.addFault({ path, ...random.pick(BAD_ANSWERS) });
  };
}

/** As a rolling deploy does: the new process first. */
async function replaceWorker(fleet: Fleet, random: Random, seen: Seen): Promise<void> {
  const living = fleet.workers.filter((worker) => !worker.ending);
  const old = living[Math.floor(random.next() * living.length)];
  const signal = random.pick(["SIGTERM", "SIGKILL"] as const);
  await fleet.startWorker();
  if (old) void endOf(old, seen, signal);
}

async function endOf(worker: Worker, seen: Seen, signal: "SIGTERM" | "SIGKILL" = "SIGTERM") {
  const code = await worker.end(signal);
  if (signal === "SIGTERM") seen.exits.push({ code, closed: worker.closed });
}

/** Fair weather: everybody's next call must work, or tell that they are signed out. */
async function settle(fleet: Fleet, seen: Seen, slowest: number): Promise<void> {
  const until = Date.now() + slowest + PATIENCE;
  const random = new Random(1);
  await Promise.all(
    fleet.users.map(async (user) => {
      while (Date.now() < until) {
        const answer = await click(fleet, user, random, seen);
        if (answer === 200 || answer === "lost") return;
        await wait(500);
      }
      seen.statuses.unsettled = (seen.statuses.unsettled ?? 0) + 1;
    }),
  );
  await Promise.all(fleet.workers.map((worker) => worker.left));
}
