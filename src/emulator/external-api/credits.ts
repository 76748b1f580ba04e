import type { v2 } from "../../api/schema.js";
import { Refusal } from "../answer.js";
import { toWire } from "../datetime.js";
import type { Caller, Handlers } from "./call.js";
import { readPage } from "./page.js";
import { parseDateTime } from "./request-formats.js";
import { endedAt, type StoredRun, startedAt, statusAt } from "./run-steps.js";
import { RUN_COST_CENTS } from "./runs.js";
import { stableId } from "./stable-id.js";

type Schemas = v2.components["schemas"];

/** What every account has been given. */
const GRANT_CENTS = 2000;
const GRANTED_AT = "2026-03-01T00:00:00Z";

function endedRuns({ workspace, now }: Caller): StoredRun[] {
  return [...workspace.runs.values()].filter((run) => endedAt(run, now) !== null);
}

function readLedger(caller: Caller): Schemas["CreditTransaction"][] {
  const grant: Schemas["CreditTransaction"] = {
    transaction_key: stableId(`grant of ${caller.credential.user.id}`),
    amount_cents: GRANT_CENTS,
    type: "GRANT",
    transaction_time: GRANTED_AT,
    description: "Welcome",
    origin: null,
  };
  const usage = endedRuns(caller).map((run): Schemas["CreditTransaction"] => ({
    transaction_key: stableId(`usage of ${run.id}`),
    amount_cents: -RUN_COST_CENTS,
    type: "USAGE",
    transaction_time: toWire(endedAt(run, caller.now) ?? caller.now),
    description: run.definition.name,
    origin: { graph_id: run.graph_id, run_id: run.id },
  }));
  return [grant, ...usage].toReversed();
}

export const creditHandlers: Handlers<v2.operations> = {
  getCreditBalance: (call) => ({
    balance_cents: readLedger(call).reduce((sum, { amount_cents }) => sum + amount_cents, 0),
  }),

  listCreditTransactions(call) {
    const { transaction_type } = call.query;
    const found = readLedger(call).filter(
      ({ type }) => transaction_type === undefined || type === transaction_type,
    );
    return { ...readPage(found, call.query), total_count: null };
  },

  listInvoices: ({ query }) => ({ ...readPage([], query), total_count: null }),

  getCostSummary(call) {
    const { since, until, top_runs_limit = 10 } = call.query;
    const from = since === undefined ? startOfMonth(call.now) : (parseDateTime(since) ?? 0);
    const to = until === undefined ? call.now : (parseDateTime(until) ?? 0);
    if (from > to) throw new Refusal(422, "since must not be after until");
    const runs = endedRuns(call).filter(({ created_at }) => created_at >= from && created_at <= to);
    return toSummary(call, runs, top_runs_limit);
  },
};

function startOfMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

function toSummary(caller: Caller, runs: readonly StoredRun[], most: number): Schemas["CostSummary"] {
  const failed = runs.filter((run) => statusAt(run, caller.now) === "FAILED");
  return {
    total_cents: runs.length * RUN_COST_CENTS,
    run_count: runs.length,
    billable_run_count: runs.length,
    failed_cost_cents: failed.length * RUN_COST_CENTS,
    by_agent: countBy(runs, ({ graph_id }) => graph_id).map(([graph_id, counts]) => ({
      graph_id,
      ...counts,
    })),
    top_runs: runs.slice(0, most).map((run) => toTopRun(run, caller.now)),
    daily: countBy(runs, ({ created_at }) => toWire(created_at).slice(0, "2026-01-01".length)).map(
      ([date, counts]) => ({ date, ...counts }),
    ),
  };
}

function countBy(runs: readonly StoredRun[], keyOf: (run: StoredRun) => string) {
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(keyOf(run), (counts.get(keyOf(run)) ?? 0) + 1);
  return [...counts].map(
    ([key, run_count]) => [key, { cost_cents: run_count * RUN_COST_CENTS, run_count }] as const,
  );
}

function toTopRun(run: StoredRun, now: number): Schemas["TopCostRun"] {
  const status = statusAt(run, now);
  const started = startedAt(run, now) ?? run.created_at;
  return {
    run_id: run.id,
    graph_id: run.graph_id,
    cost_cents: RUN_COST_CENTS,
    started_at: toWire(started),
    status,
    duration_seconds: ((endedAt(run, now) ?? now) - started) / 1000,
    node_error_count: status === "FAILED" ? 1 : 0,
  };
}
