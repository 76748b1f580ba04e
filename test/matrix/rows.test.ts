import { describe, expect, it } from "vitest";
import { factors, isFeasible, type Row, rows } from "./rows.js";

/** Every two levels of different factors. */
function* pairs(): Generator<Partial<Row>> {
  const levels = Object.entries(factors).map(([factor, all]) => all.map((level) => ({ [factor]: level })));
  for (const [at, some] of levels.entries()) {
    for (const others of levels.slice(at + 1)) {
      for (const one of some) for (const other of others) yield { ...one, ...other };
    }
  }
}

describe("the matrix", () => {
  it("has every pair that there can be", () => {
    const feasible = [...pairs()].filter(isFeasible);
    // 206 pairs of levels, less six of a form and a compiler that do not go together, less "stripped" and "direct".
    expect(feasible).toHaveLength(199);
    for (const pair of feasible)
      expect(rows, JSON.stringify(pair)).toContainEqual(expect.objectContaining(pair));
  });

  it("has no app that there cannot be, and none twice", () => {
    expect(rows.filter((row) => !isFeasible(row))).toEqual([]);
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toHaveLength(rows.length);
  });
});
