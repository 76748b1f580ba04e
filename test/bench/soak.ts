import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { exampleApplication, startEmulator } from "express-autogpt/emulator";
import { SECRET } from "../harness/app.js";
import { instanceOf, newUser } from "../harness/fleet.js";
import { startRoundRobin } from "../harness/round-robin.js";
import { rowsOf } from "../harness/store-rows.js";
import { Random } from "./random.js";
import type { Holding } from "./soak-app.js";
import { compare, type ProcessFigures } from "./soak-figures.js";
import { SoakProcess } from "./soak-process.js";
import { type SoakBooks, SoakUser } from "./soak-user.js";

export interface SoakSettings {
  /** One process with everything in its memory, or two with sessions and grants in Redis. */
  readonly where: "memory" | "redis";
  readonly users: number;
  /** What a process keeps for a time is there only after that time: ended grants for ten minutes. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly seed: number;
  /** How long a user does nothing between two things, at least and at most, in milliseconds. */
  readonly thinks: readonly [number, number];
}

export interface SoakFigures {
  readonly settings: SoakSettings;
  readonly done: Readonly<Record<string, number>>;
  readonly clockMoves: number;
  readonly processes: readonly ProcessFigures[];
  /** Answers that were not what the user must get. */
  readonly wrong: readonly string[];
  /** Users who were at the end who they are, at the app and at the platform. */
  readonly right: number;
  readonly exits: readonly { readonly code: unknown; readonly closed: boolean }[];
}

/** How often all access tokens expire, in milliseconds. */
const CLOCK_MOVES_EVERY = 5_000;

/** Users who sign in, call, refresh, step up and sign out, for as long as it takes to see what a process keeps. */
export async function runSoak(settings: SoakSettings): Promise<SoakFigures> {
  const { where, seconds, warmUpSeconds } = settings;
  const client_id = `agpt_client_${randomBytes(12).toString("hex")}`;
  const front = await startRoundRobin();
  const redirectUri = `${front.url}/auth/callback`;
  const emulator = await startEmulator({
    applications: [{ ...exampleApplication, client_id, redirect_uris: [redirectUri] }],
    users: Array.from({ length: settings.users }, (_, at) => newUser(at)),
  });
  const platform = { webUrl: emulator.webUrl, backendUrl: emulator.backendUrl };
  const application = instanceOf(client_id, platform);
  const rows = await rowsOf({ kind: "node-redis", table: "" }, application);
  const processes: SoakProcess[] = [];
  try {
    const app = {
      options: {
        clientId: client_id,
        clientSecret: emulator.application.client_secret,
        ...{ redirectUri, platform, secret: SECRET },
        scopes: ["IDENTITY", "READ_BLOCK"] as const,
      },
      // Goes with the grants when the rows are dropped.
      sessionPrefix: where === "redis" ? `autogpt:${application}:session:` : undefined,
    };
    for (let n = 0; n < (where === "redis" ? 2 : 1); n += 1) processes.push(await SoakProcess.start(app));
    front.send(processes.map(({ port }) => port));

    const random = new Random(settings.seed);
    const books: SoakBooks = { done: {}, wrong: [] };
    const users = emulator.users.map(({ id }) => new SoakUser(id, emulator, front.url, random.fork(), books));
    const look = async () => {
      await everybodySignsIn(users);
      return Promise.all(processes.map((process) => process.look()));
    };
    let clockMoves = 0;
    const moveClock = async () => {
      clockMoves += 1;
      emulator.clearRequests(); // or its log is what grows
      emulator.advanceClock(random.between(3301, 3700));
      // Each process learns the time from one answer, as it would have along the way.
      for (const _ of processes) await users[0]?.callApi();
    };
    const samples: Holding[][] = [];
    for (const part of [warmUpSeconds, seconds / 2, seconds / 2]) {
      await everybodySignsIn(users);
      const until = Date.now() + part * 1000;
      while (Date.now() < until) {
        const pause = Math.min(until, Date.now() + CLOCK_MOVES_EVERY);
        await Promise.all(users.map((user) => beUser(user, pause, settings.thinks)));
        await everybodySignsIn(users);
        await moveClock();
      }
      samples.push(await look());
    }
    const right = await Promise.all(users.map((user) => user.isRight()));
    const exits = await Promise.all(processes.map((process) => process.end()));
    return {
      settings,
      done: books.done,
      clockMoves,
      processes: processes.map((_, at) => compare(samples.flatMap((sample) => sample[at] ?? []))),
      wrong: books.wrong,
      right: right.filter(Boolean).length,
      exits,
    };
  } finally {
    for (const process of processes) process.kill();
    await rows.drop();
    await Promise.all([front.stop(), emulator.stop()]);
  }
}

async function beUser(user: SoakUser, until: number, [least, most]: SoakSettings["thinks"]): Promise<void> {
  while (Date.now() < until) {
    await wait(user.random.between(least, most));
    await user.act();
  }
}

async function everybodySignsIn(users: readonly SoakUser[]): Promise<void> {
  for (const user of users) if (!user.signedIn) await user.act();
}
