import { expect, it } from "vitest";
import { runSoak, type SoakSettings } from "../bench/soak.js";
import { needs } from "../harness/needs.js";

const describeWithRedis = await needs("Redis", "the soak");

/**
 * What may come to the heap between the two samples. Node compiles and caches as it goes on: 3 MB, three times what
 * was seen. A sign-in leaves its exchange and, when it ends, a mark for ten minutes: 3 kB, twice that is allowed.
 * An app that keeps its requests keeps some 20 kB of each.
 */
const MB_OF_NODE = 3;
const MB_PER_SIGN_IN = 0.006;

/** `npm run bench -- soak --seconds 600` has 200 users and warms up until all that is kept for a time is dropped. */
async function expectNothingKept(where: SoakSettings["where"], processCount: number): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const short = { users: 20, warmUpSeconds: 5, seconds: 12, thinks: [10, 60] } as const;
  const figures = await runSoak({ where, seed, ...short });
  expect(figures, `seed ${seed}`).toMatchObject({ wrong: [], right: 20 });
  expect(figures.exits).toEqual(Array(processCount).fill({ code: 0, closed: true }));
  for (const what of ["sign-in", "sign-out", "step-up", "denied", "/me", "/background"]) {
    expect(figures.done[what], what).toBeGreaterThan(0);
  }
  expect(figures.processes).toHaveLength(processCount);
  for (const { heapUsed, external, changed, counts, measured, troubles } of figures.processes) {
    expect({ changed, troubles }, `seed ${seed}`).toEqual({ changed: [], troubles: [] });
    expect(counts.refresh).toBeGreaterThan(0);
    const grew = (samples: readonly number[]) => (samples.at(-1) ?? 0) - (samples[0] ?? 0);
    expect(grew(heapUsed) + grew(external), `${measured.requests} requests, seed ${seed}`).toBeLessThan(
      MB_OF_NODE + MB_PER_SIGN_IN * measured.signIns,
    );
  }
}

describeWithRedis("a soak", () => {
  it.concurrent("leaves nothing in one process with everything in memory", { timeout: 180_000 }, () =>
    expectNothingKept("memory", 1),
  );

  it.concurrent("leaves nothing in two processes on Redis", { timeout: 180_000 }, () =>
    expectNothingKept("redis", 2),
  );
});
