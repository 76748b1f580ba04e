import type { Holding } from "./soak-app.js";

/** What one process held after the warm-up, in the middle and at the end: everybody signed in, nothing under way. */
export interface ProcessFigures {
  /** After garbage was collected, in MB, as is `external`. */
  readonly heapUsed: readonly number[];
  readonly external: readonly number[];
  /** Kinds of handles and listeners, with their numbers, that were not the same each time. */
  readonly changed: readonly string[];
  /** From its begin to the end: requests served and events told. */
  readonly counts: Holding["counts"];
  /** Requests served and sign-ins done after the warm-up. */
  readonly measured: { readonly requests: number; readonly signIns: number };
  readonly troubles: readonly string[];
}

export function compare(samples: readonly Holding[]): ProcessFigures {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last) throw new Error("a process was never looked at");
  const since = (name: string) => (last.counts[name] ?? 0) - (first.counts[name] ?? 0);
  return {
    heapUsed: samples.map(({ heapUsed }) => toMB(heapUsed)),
    external: samples.map(({ external }) => toMB(external)),
    changed: changesOf(samples.map(({ resources, listeners }) => ({ ...resources, ...listeners }))),
    counts: last.counts,
    measured: { requests: since("requests"), signIns: since("signIn") },
    troubles: last.troubles,
  };
}

function changesOf(samples: readonly Record<string, number>[]): string[] {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample)));
  return [...names]
    .map((name) => ({ name, numbers: samples.map((sample) => sample[name] ?? 0) }))
    .filter(({ numbers }) => new Set(numbers).size > 1)
    .map(({ name, numbers }) => `${name}: ${numbers.join(", ")}`);
}

function toMB(bytes: number): number {
  return Number((bytes / 1e6).toFixed(2));
}
