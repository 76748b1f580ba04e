import type { v2 } from "../../api/schema.js";
import type { Tenant } from "./call.js";
import { type AgentDefinition, fill, withDefaults } from "./data/agent-definition.js";
import { stableId } from "./stable-id.js";

export type RunStatus = v2.components["schemas"]["RunStatus"];

interface Step {
  readonly status: RunStatus;
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly at: number;
}

export interface StoredReview {
  readonly node_exec_id: string;
  payload: unknown;
  readonly instructions: string;
  readonly requested_at: number;
  status: "WAITING" | "APPROVED" | "REJECTED";
  reviewed_at: number | null;
  comment: string | null;
}

/** A run knows what it will become and when, so that the clock alone moves it. */
export interface StoredRun {
  readonly id: string;
  readonly graph_id: string;
  readonly graph_version: number;
  readonly tenant: Tenant;
  readonly definition: AgentDefinition;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly credentials_inputs: v2.components["schemas"]["Run"]["credentials_inputs"];
  readonly created_at: number;
  steps: Step[];
  reviews: StoredReview[];
  share_token: string | null;
}

/** How long an emulated run waits and works: long enough to be seen, short enough to wait for. */
const QUEUED_MS = 1000;
const RUNNING_MS = 2000;
const RESUMED_MS = 1000;

const FINAL: readonly RunStatus[] = ["COMPLETED", "FAILED", "TERMINATED"];

export const RUN_STATUSES: readonly RunStatus[] = ["INCOMPLETE", "QUEUED", "RUNNING", "REVIEW", ...FINAL];

export function isFinal(status: RunStatus): boolean {
  return FINAL.includes(status);
}

/** Plans a run that starts now. `asks: false` approves every review by itself. */
export function planRun(
  run: Pick<StoredRun, "definition" | "inputs" | "id">,
  now: number,
  asks: boolean,
): Pick<StoredRun, "steps" | "reviews"> {
  const end = now + QUEUED_MS + RUNNING_MS;
  const { kind } = run.definition.ending;
  const last = kind === "fails" ? "FAILED" : kind === "asks" && asks ? "REVIEW" : "COMPLETED";
  return {
    steps: [
      { status: "QUEUED", at: now },
      { status: "RUNNING", at: now + QUEUED_MS },
      { status: last, at: end },
    ],
    reviews: last === "REVIEW" ? [makeReview(run, 0, end)] : [],
  };
}

function makeReview(
  { id, definition, inputs }: Pick<StoredRun, "definition" | "inputs" | "id">,
  count: number,
  requested_at: number,
): StoredReview {
  const { ending } = definition;
  const asked =
    ending.kind === "asks" ? ending : { instructions: "Go on?", payload: "Nothing to look at in {agent}" };
  return {
    node_exec_id: stableId(`review ${count} of ${id}`),
    payload: fill(asked.payload, { agent: definition.name, ...withDefaults(definition, inputs) }),
    instructions: asked.instructions,
    requested_at,
    status: "WAITING",
    reviewed_at: null,
    comment: null,
  };
}

/** The last step that has come; the first where the clock was set back before it. */
function stepAt({ steps }: StoredRun, now: number): Step {
  const step = steps.findLast(({ at }) => at <= now) ?? steps[0];
  if (!step) throw new Error("A run has at least one step");
  return step;
}

export function statusAt(run: StoredRun, now: number): RunStatus {
  return stepAt(run, now).status;
}

export function startedAt(run: StoredRun, now: number): number | null {
  return run.steps.find(({ status, at }) => status !== "QUEUED" && at <= now)?.at ?? null;
}

export function endedAt(run: StoredRun, now: number): number | null {
  const { status, at } = stepAt(run, now);
  return isFinal(status) ? at : null;
}

export function reviewsAt({ reviews }: StoredRun, now: number): readonly StoredReview[] {
  return reviews.filter(({ requested_at }) => requested_at <= now);
}

export function waitingReviews(run: StoredRun, now: number): readonly StoredReview[] {
  return reviewsAt(run, now).filter(({ status }) => status === "WAITING");
}

/** Goes to a status now and stays there: nothing that was planned happens any more. */
export function setStatus(run: StoredRun, status: RunStatus, now: number): void {
  run.steps = [...run.steps.filter(({ at }) => at <= now), { status, at: now }];
  run.reviews = [...reviewsAt(run, now)];
  if (status === "REVIEW" && waitingReviews(run, now).length === 0) {
    run.reviews.push(makeReview(run, run.reviews.length, now));
  }
  if (isFinal(status)) cancelReviews(run, now);
}

/** A run that has ended waits for nobody. */
function cancelReviews(run: StoredRun, now: number): void {
  for (const review of waitingReviews(run, now)) {
    review.status = "REJECTED";
    review.reviewed_at = now;
    review.comment = "The run ended before the review";
  }
}

/** Goes on after all reviews have been answered. */
export function resume(run: StoredRun, now: number): void {
  run.steps = [
    ...run.steps.filter(({ at }) => at <= now),
    { status: "RUNNING", at: now },
    { status: "COMPLETED", at: now + RESUMED_MS },
  ];
}

/** Empty until the run has completed, and where a person has rejected it. */
export function outputsAt(run: StoredRun, now: number): Record<string, unknown[]> {
  if (statusAt(run, now) !== "COMPLETED" || run.reviews.some(({ status }) => status === "REJECTED"))
    return {};
  const { definition, inputs } = run;
  const { ending, outputs } = definition;
  const values = withDefaults(definition, inputs);
  const planned = ending.kind === "asks" ? fill(ending.payload, values) : undefined;
  const payload = run.reviews.at(-1)?.payload ?? planned;
  const filled = Object.entries(outputs).map(([name, template]) => [
    name,
    [template === "{payload}" ? payload : fill(template, { ...values, payload })],
  ]);
  return Object.fromEntries(filled);
}
