import type { v2 } from "../../api/schema.js";
import { Refusal } from "../answer.js";
import { toWire } from "../datetime.js";
import type { Handlers } from "./call.js";
import { readPage } from "./page.js";
import { resume, reviewsAt, type StoredReview, type StoredRun, waitingReviews } from "./run-steps.js";
import { findRun } from "./runs.js";

type Schemas = v2.components["schemas"];

function toReview(run: StoredRun, review: StoredReview): Schemas["Review"] {
  return {
    node_exec_id: review.node_exec_id,
    run_id: run.id,
    graph_id: run.graph_id,
    graph_version: run.graph_version,
    payload: review.payload,
    instructions: review.instructions,
    editable: true,
    status: review.status,
    requested_at: toWire(review.requested_at),
    reviewed_at: review.reviewed_at === null ? null : toWire(review.reviewed_at),
    processed: review.status !== "WAITING",
    reviewer_comment: review.comment,
  };
}

export const reviewHandlers: Handlers<v2.operations> = {
  listReviews(call) {
    const { run_id, status } = call.query;
    const reviews = [...call.workspace.runs.values()]
      .filter(({ id }) => run_id === undefined || id === run_id)
      .flatMap((run) => reviewsAt(run, call.now).map((review) => toReview(run, review)))
      .filter((review) => status === undefined || review.status === status);
    return readPage(reviews, call.query);
  },

  submitReviews(call) {
    const run = findRun(call, call.path.run_id);
    const waiting = waitingReviews(run, call.now);
    if (waiting.length === 0) throw new Refusal(400, "The run has no waiting reviews");
    const decisions = pairUp(waiting, call.body.reviews);
    for (const { review, decision } of decisions) decide(review, decision, call.now);
    resume(run, call.now);
    const approved_count = decisions.filter(({ decision }) => decision.approved).length;
    return { run_id: run.id, approved_count, rejected_count: decisions.length - approved_count };
  },
};

/** @throws Refusal 400 unless every waiting review is answered, and nothing else */
function pairUp(waiting: readonly StoredReview[], decisions: readonly Schemas["ReviewDecision"][]) {
  const pairs = waiting.flatMap((review) => {
    const decision = decisions.find(({ node_exec_id }) => node_exec_id === review.node_exec_id);
    return decision ? [{ review, decision }] : [];
  });
  if (pairs.length < waiting.length)
    throw new Refusal(400, "Every waiting review of the run must be answered");
  if (pairs.length < decisions.length) throw new Refusal(400, "There is no such waiting review in this run");
  return pairs;
}

function decide(review: StoredReview, decision: Schemas["ReviewDecision"], now: number): void {
  review.status = decision.approved ? "APPROVED" : "REJECTED";
  review.reviewed_at = now;
  review.comment = decision.message ?? null;
  if (decision.approved && decision.edited_payload !== undefined) review.payload = decision.edited_payload;
}
