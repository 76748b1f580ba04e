import { isDeepStrictEqual } from "node:util";
import { createSeal } from "../../src/seal.js";
import { SECRET } from "../harness/app.js";
import type { Fleet } from "../harness/fleet.js";
import { hash, type TokenCall } from "../harness/platform-front.js";

/** What the driver of the traffic saw. */
export interface Seen {
  /** Answers of the app, by status. */
  readonly statuses: Record<string, number>;
  /** Answers that carried another user's name or token. */
  wrongUser: number;
  /** Grants whose users met a 401 or found themselves signed out. */
  readonly lostSignIns: Set<string>;
  /** Processes that were sent SIGTERM. */
  readonly exits: { readonly code: unknown; readonly closed: boolean | undefined }[];
}

/** What kind of day it was. */
export interface ChaosDay {
  readonly kind: string;
  readonly seconds: number;
  readonly seed: number;
  readonly users: number;
  readonly processes: number;
  readonly slowest: number;
  /** How often all access tokens expired. */
  readonly clockMoves: number;
  /** Connections to the store that were cut. */
  readonly cuts: number;
}

/** Why a grant was lost; the first two cannot be helped (oauth.md section 5.8). */
export type Loss = "answer dropped" | "process killed" | "lost to SIGTERM" | "unexplained";

export interface ChaosFigures {
  readonly settings: ChaosDay;
  readonly answers: Record<string, number>;
  /** Grants that are gone, by reason. */
  readonly lost: Record<Loss, number>;
  /** Grants that a late pair brought back after they had been given up. */
  readonly recovered: number;
  readonly wrongUser: number;
  /** Processes that SIGTERM did not end in order. */
  readonly badExits: number;
  /** Rejections and exceptions that nobody handled. */
  readonly crashes: readonly string[];
  readonly tokenCalls: { readonly all: number; readonly issued: number; readonly refused: number };
  /** Calls of one process with one refresh token that came sooner than five seconds after a fault. */
  readonly loops: number;
  /** Calls with refresh tokens of one grant, the most within any minute. */
  readonly mostCallsPerGrantAndMinute: number;
  /** Refresh tokens that the platform refused more than once. */
  readonly refusedAgain: number;
  /** Whether the emulator's own log tells the same. */
  readonly booksAgree: boolean;
}

export async function closeTheBooks(fleet: Fleet, seen: Seen, settings: ChaosDay): Promise<ChaosFigures> {
  const calls = fleet.refreshes;
  const told = fleet.workers.flatMap(({ events }) => events).filter(({ name }) => name === "grantLost");
  const suspects = new Set([...seen.lostSignIns, ...told.map(({ grantId = "" }) => grantId)]);
  const records = await readRecords(fleet);
  const lost: Record<Loss, number> = {
    "answer dropped": 0,
    "process killed": 0,
    "lost to SIGTERM": 0,
    unexplained: 0,
  };
  let recovered = 0;
  for (const id of suspects) {
    const record = records.get(id);
    if (record?.state === "live") recovered += 1;
    else lost[whyLost(record?.refreshToken, calls, fleet)] += 1;
  }
  const refused = calls.filter(({ status }) => status === 400);
  return {
    settings,
    answers: seen.statuses,
    lost,
    recovered,
    wrongUser: seen.wrongUser,
    badExits: seen.exits.filter((exit) => !isDeepStrictEqual(exit, { code: 0, closed: true })).length,
    crashes: fleet.workers.flatMap(({ crashes }) => crashes),
    tokenCalls: { all: calls.length, issued: issuedOf(calls), refused: refused.length },
    loops: countLoops(calls),
    mostCallsPerGrantAndMinute: mostPerMinute(calls),
    refusedAgain: refused.length - new Set(refused.map(({ spent }) => spent)).size,
    booksAgree:
      issuedOf(calls) === fleet.refreshesOfEmulator.filter(({ outcome }) => outcome === "issued").length,
  };
}

/** The grant's last stored refresh token must have been spent by an answer that nobody could store. */
function whyLost(refreshToken: string | undefined, calls: readonly TokenCall[], fleet: Fleet): Loss {
  const spent = refreshToken === undefined ? undefined : hash(refreshToken);
  const winner = calls.find((call) => call.spent === spent && call.won !== undefined);
  if (!winner) return "unexplained";
  if (winner.dropped) return "answer dropped";
  const worker = fleet.workers.find(({ name }) => name === winner.process);
  if (worker?.killedAt !== undefined && worker.killedAt >= winner.askedAt) return "process killed";
  return worker?.ending ? "lost to SIGTERM" : "unexplained";
}

async function readRecords(fleet: Fleet) {
  const seal = createSeal([SECRET], "grant", fleet.application);
  const records = new Map<string, { state: string; refreshToken: string }>();
  for (const [id, sealed] of await fleet.rows.sealed()) {
    // Safe: the seal vouches that the package wrote it.
    records.set(id, (await seal.unseal(sealed)) as { state: string; refreshToken: string });
  }
  return records;
}

function issuedOf(calls: readonly TokenCall[]): number {
  return calls.filter(({ won }) => won !== undefined).length;
}

/** A process rests for five seconds after a fault; a little less, because two clocks are read. */
const REST = 4800;

function countLoops(calls: readonly TokenCall[]): number {
  let loops = 0;
  const last = new Map<string, TokenCall>();
  for (const call of calls) {
    const name = `${call.process} ${call.spent}`;
    const before = last.get(name);
    if (before && before.won === undefined && call.askedAt - before.askedAt < REST) loops += 1;
    last.set(name, call);
  }
  return loops;
}

function mostPerMinute(calls: readonly TokenCall[]): number {
  const grantOf = new Map<string, string>();
  const times = new Map<string, number[]>();
  for (const { spent = "", won, askedAt } of calls) {
    const grant = grantOf.get(spent) ?? spent;
    if (won !== undefined) grantOf.set(won, grant);
    times.set(grant, [...(times.get(grant) ?? []), askedAt]);
  }
  const inMinute = (all: number[], from: number) =>
    all.filter((at) => at >= from && at < from + 60_000).length;
  return Math.max(0, ...[...times.values()].flatMap((all) => all.map((at) => inMinute(all, at))));
}
