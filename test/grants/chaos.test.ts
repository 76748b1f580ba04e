import { expect, it } from "vitest";
import { runChaos } from "../bench/chaos.js";
import { needs } from "../harness/needs.js";

const describeWithRedis = await needs("Redis", "chaos on Redis");
const describeWithPostgres = await needs("PostgreSQL", "chaos on PostgreSQL");

/** Ten seconds of it in all; `npm run bench -- chaos` has a minute on each, with answers that take longer. */
const SECONDS = 5;

async function expectNothingLost(kind: "node-redis" | "postgres"): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const figures = await runChaos({ kind, seconds: SECONDS, seed, users: 8, processes: 3, slowest: 2000 });
  expect(figures, `seed ${seed}`).toMatchObject({
    lost: { unexplained: 0, "lost to SIGTERM": 0 },
    ...{ wrongUser: 0, badExits: 0, crashes: [], loops: 0, booksAgree: true },
  });
  const { settings, tokenCalls, answers } = figures;
  // One for each time the access tokens expired, and one for each rest of each process after a fault.
  expect(figures.mostCallsPerGrantAndMinute).toBeLessThanOrEqual(
    1 + settings.clockMoves + 12 * settings.processes,
  );
  // How much goes on in this time is the machine's affair, but it was chaos.
  for (const count of [tokenCalls.issued, settings.clockMoves, settings.cuts])
    expect(count).toBeGreaterThan(0);
  // Nothing else was ever answered: signed in, signed out by a counted loss, try again, or the process ended.
  const fine = ["200", "401", "502", "503", "its process ended"];
  expect(Object.keys(answers).filter((status) => !fine.includes(status))).toEqual([]);
}

describeWithRedis("a bad day on Redis", () => {
  it("loses no grant but those whose answer nobody could store", { timeout: 180_000 }, () =>
    expectNothingLost("node-redis"),
  );
});

describeWithPostgres("a bad day on PostgreSQL", () => {
  it("loses no grant but those whose answer nobody could store", { timeout: 180_000 }, () =>
    expectNothingLost("postgres"),
  );
});
