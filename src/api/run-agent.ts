import { setTimeout as wait } from "node:timers/promises";
import { PlatformError, RunUnfinishedError } from "../errors.js";
import { apiError } from "./api-error.js";
import type { Answer, ApiClient } from "./client-types.js";

/** A run as the platform describes it. */
export type Run = Answer<"get", "/v2/runs/{run_id}">;

/** How to start an agent and wait for it. */
export interface RunAgentOptions {
  /** Two starts with the same key, agent and inputs are one run, for 24 hours; default: a new one. */
  idempotencyKey?: string | undefined;
  /** Stops the waiting; the run goes on. */
  signal?: AbortSignal | undefined;
  /** How long to wait, in milliseconds; default: 10 minutes. */
  timeoutMs?: number | undefined;
  /**
   * Told of the run at the start and whenever its status changes. An error it throws ends the waiting and comes
   * through as it is; the run goes on, and `waitForRun()` takes the ID that was told.
   */
  onProgress?: ((run: Run) => void) | undefined;
}

/** Where a run stands: final, or waiting for a person, which may take without limit. */
export interface RunResult {
  /** `"REVIEW"`: a person must answer a review first; call `waitForRun()` when that is done. */
  readonly status: "COMPLETED" | "FAILED" | "TERMINATED" | "REVIEW";
  /** What the run put out, by the name of the output; complete only when the status is `"COMPLETED"`. */
  readonly outputs: NonNullable<Run["outputs"]>;
  /** The run as the platform describes it, with its `id`. */
  readonly run: Run;
}

const DEFAULT_TIMEOUT = 10 * 60_000;

/** Every 1 to 5 seconds, as the platform asks (external-api-v2.md, "Run status"); milliseconds. */
const FIRST_POLL = 1_000;
const SLOWEST_POLL = 5_000;

const RESTING = ["COMPLETED", "FAILED", "TERMINATED", "REVIEW"] as const;

/**
 * Starts a run of a library agent and waits until it is done, or until it waits for a person's review.
 *
 * A run that fails is a result, not an error: look at `status`.
 *
 * @throws {ApiError} when the platform refuses the start, for example for missing inputs.
 * @throws {RunUnfinishedError} with the run's ID when the time is up; the run goes on.
 *
 * @example
 * ```ts
 * import { createApiClient, runAgent } from "express-autogpt";
 *
 * const { status, outputs } = await runAgent(createApiClient(), "agent-id", { topic: "Q3 results" });
 * if (status === "COMPLETED") console.log(outputs);
 * ```
 */
export async function runAgent(
  api: ApiClient<"RUN_AGENT" | "READ_RUN">,
  agentId: string,
  inputs: Record<string, unknown>,
  { idempotencyKey, ...options }: RunAgentOptions = {},
): Promise<RunResult> {
  checkOptions(options);
  const started = await api.POST("/v2/library/agents/{agent_id}/runs", {
    params: {
      path: { agent_id: agentId },
      ...(idempotencyKey !== undefined && { header: { "Idempotency-Key": idempotencyKey } }),
    },
    body: { inputs },
    ...(options.signal && { signal: options.signal }),
  });
  if (!started.data)
    throw apiError("POST /v2/library/agents/{agent_id}/runs", started.response, started.error);
  return waitForRun(api, started.data.id, options);
}

/**
 * Waits until a run is done, or until it waits for a person's review.
 *
 * @throws {ApiError} when the platform does not show the run.
 * @throws {RunUnfinishedError} when the time is up; the run goes on.
 *
 * @example
 * ```ts
 * import { createApiClient, waitForRun } from "express-autogpt";
 *
 * const { status } = await waitForRun(createApiClient(), "run-id", { timeoutMs: 60_000 });
 * ```
 */
export async function waitForRun(
  api: ApiClient<"READ_RUN">,
  runId: string,
  { signal, timeoutMs = DEFAULT_TIMEOUT, onProgress }: Omit<RunAgentOptions, "idempotencyKey"> = {},
): Promise<RunResult> {
  checkOptions({ timeoutMs, onProgress });
  const until = performance.now() + timeoutMs;
  let known: string | undefined;
  for (let pause = FIRST_POLL; ; pause = Math.min(pause * 1.5, SLOWEST_POLL)) {
    const run = await readRun(api, runId, signal);
    if (run && run.status !== known) onProgress?.(run);
    known = run?.status ?? known;
    const status = RESTING.find((resting) => resting === run?.status);
    if (run && status) return { status, outputs: run.outputs ?? {}, run };
    const left = until - performance.now();
    if (left <= 0) throw new RunUnfinishedError(runId, known ?? "unknown");
    await wait(Math.min(pause, left), undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** The run, or nothing when the platform is away for a moment: the run goes on, and its ID must not be lost. */
async function readRun(api: ApiClient<"READ_RUN">, runId: string, signal: AbortSignal | undefined) {
  try {
    const { data, error, response } = await api.GET("/v2/runs/{run_id}", {
      params: { path: { run_id: runId } },
      ...(signal && { signal }),
    });
    if (data) return data;
    if (response.status < 500 && response.status !== 429)
      throw apiError("GET /v2/runs/{run_id}", response, error);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.retryAfter === undefined) throw error;
  }
  return undefined;
}

/** Before anything is started: a mistake found later would cost a run, or poll without end. */
function checkOptions({ timeoutMs = 0, onProgress }: RunAgentOptions): void {
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 0)) {
    throw new TypeError("timeoutMs must be a number of milliseconds, such as 60_000.");
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError("onProgress must be a function, such as (run) => console.log(run.status).");
  }
}
