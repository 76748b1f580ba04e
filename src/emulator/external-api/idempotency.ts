import { setTimeout as wait } from "node:timers/promises";
import { Refusal } from "../answer.js";
import type { Caller } from "./call.js";
import type { StoredRun } from "./run-steps.js";

const LIFETIME_MS = 24 * 60 * 60 * 1000;

/**
 * Starts a run, or gives the one that was started under the same key with the same request.
 *
 * @throws Refusal 409 while that one is still starting, 422 when it was another request
 */
export async function startOnce(
  { workspace, platform, now }: Caller,
  key: string | undefined,
  request: unknown,
  start: () => StoredRun,
): Promise<StoredRun> {
  const startSlowly = async () => {
    const { run_start_ms } = platform.settings;
    if (run_start_ms > 0) await wait(run_start_ms, undefined, { ref: false });
    return start();
  };
  if (key === undefined) return startSlowly();

  const fingerprint = JSON.stringify(request, sortMembers);
  const earlier = workspace.starts.get(key);
  if (earlier && earlier.expires_at > now) {
    if (earlier.fingerprint !== fingerprint) {
      throw new Refusal(422, "This Idempotency-Key was used with another request");
    }
    if (earlier.run_id === undefined) {
      throw new Refusal(409, "A request with this Idempotency-Key is still in progress");
    }
    const run = workspace.runs.get(earlier.run_id);
    if (run) return run;
  }
  const entry = { fingerprint, expires_at: now + LIFETIME_MS };
  workspace.starts.set(key, entry);
  const run = await startSlowly();
  workspace.starts.set(key, { ...entry, run_id: run.id });
  return run;
}

/** The order of members makes no other request. */
function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
