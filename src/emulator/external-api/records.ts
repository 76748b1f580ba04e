import { randomUUID } from "node:crypto";
import type { v2 } from "../../api/schema.js";
import { notFound, Refusal } from "../answer.js";
import { toWire } from "../datetime.js";
import type { Caller, Handlers } from "./call.js";
import { findVersion } from "./graph-store.js";
import { findGraph } from "./graphs.js";
import { readPage } from "./page.js";

type Schemas = v2.components["schemas"];

/** What is only kept, listed and taken away again: nothing is done with it. */
export const recordHandlers: Handlers<v2.operations> = {
  listCredentials({ workspace, query }) {
    const provider = query.provider?.toLowerCase();
    const found = [...workspace.credentials.values()].filter(
      (credential) => provider === undefined || credential.provider === provider,
    );
    return readPage(found, query);
  },

  createCredential({ workspace, body }) {
    const credential = toCredential(body);
    workspace.credentials.set(credential.id, credential);
    return credential;
  },

  deleteCredential: ({ workspace, path }) => remove(workspace.credentials, path.credential_id),

  listSchedules({ workspace, query }) {
    const found = [...workspace.schedules.values()].filter(
      ({ graph_id }) => query.graph_id === undefined || graph_id === query.graph_id,
    );
    return readPage(found, query);
  },

  createSchedule(call) {
    const { workspace, credential, now, body } = call;
    const graph = findGraph(call, body.graph_id);
    if (body.cron.trim().split(/\s+/).length !== 5)
      throw new Refusal(400, "A cron expression has five fields");
    const schedule: Schemas["Schedule"] = {
      id: randomUUID(),
      name: body.name,
      graph_id: graph.id,
      graph_version: findVersion(graph, body.graph_version ?? graph.active).version,
      cron: body.cron,
      timezone: body.timezone ?? credential.user.timezone,
      inputs: body.inputs ?? {},
      // Nothing runs by it; a day later is near enough.
      next_run_time: toWire(now + 24 * 60 * 60 * 1000),
    };
    workspace.schedules.set(schedule.id, schedule);
    return schedule;
  },

  deleteSchedule: ({ workspace, path }) => remove(workspace.schedules, path.schedule_id),

  listSubmissions: ({ workspace, query }) => readPage([...workspace.submissions.values()], query),

  createSubmission(call) {
    const { graph_id, graph_version, slug } = call.body;
    findVersion(findGraph(call, graph_id), graph_version);
    const listing_version_id = randomUUID();
    const ids = { listing_id: randomUUID(), listing_version_id, graph_id, graph_version, slug };
    return keep(call, toSubmission(ids, call.body, toWire(call.now)));
  },

  replaceSubmission(call) {
    const { listing_id, listing_version_id, graph_id, graph_version, slug } = find(
      call.workspace.submissions,
      call.path.version_id,
    );
    const ids = { listing_id, listing_version_id, graph_id, graph_version, slug };
    return keep(call, toSubmission(ids, call.body, toWire(call.now)));
  },

  deleteSubmission: ({ workspace, path }) => remove(workspace.submissions, path.version_id),
};

function find<T>(records: ReadonlyMap<string, T>, id: string): T {
  const record = records.get(id);
  if (!record) throw notFound();
  return record;
}

function remove(records: Map<string, unknown>, id: string): undefined {
  if (!records.delete(id)) throw notFound();
}

function keep({ workspace }: Caller, submission: Schemas["Submission"]): Schemas["Submission"] {
  workspace.submissions.set(submission.listing_version_id, submission);
  return submission;
}

function toCredential(given: Schemas["CredentialCreate"]): Schemas["Credential"] {
  return {
    id: randomUUID(),
    type: given.type,
    provider: given.provider.toLowerCase(),
    title: given.title ?? null,
    username: given.type === "user_password" ? given.username : null,
    scopes: [],
    expires_at: null,
    is_managed: false,
  };
}

type SubmissionIds = Pick<
  Schemas["Submission"],
  "listing_id" | "listing_version_id" | "graph_id" | "graph_version" | "slug"
>;

function toSubmission(
  ids: SubmissionIds,
  given: Schemas["SubmissionReplace"] | Schemas["SubmissionCreate"],
  submitted_at: string,
): Schemas["Submission"] {
  return {
    ...ids,
    listing_version: 1,
    name: given.name,
    sub_heading: given.sub_heading,
    description: given.description,
    instructions: given.instructions ?? null,
    categories: given.categories ?? [],
    image_urls: given.image_urls ?? [],
    video_url: given.video_url ?? null,
    agent_output_demo_url: given.agent_output_demo_url ?? null,
    changes_summary: given.changes_summary ?? null,
    submitted_at,
    submission_status: "PENDING",
    submission_reviewed_at: null,
    submission_review_comments: null,
    run_count: 0,
    user_review_count: 0,
    user_review_avg_rating: 0,
  };
}
