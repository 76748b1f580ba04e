import leven from "leven";
import { looksLikeName, showValue } from "./show-value.js";

/** What one scope of the AutoGPT Platform allows, where, and until when. */
export interface ScopeInfo {
  /** What the person who consents allows, to be read after "This app may". */
  readonly description: string;
  /** The External API versions with operations (or MCP tools) that need the scope. */
  readonly versions: readonly ("v1" | "v2")[];
  /** `"v1-only"` scopes end with External API v1. */
  readonly status: "current" | "v1-only";
  /** The last day on the cloud, as an ISO date; only for `"v1-only"` scopes. */
  readonly endsOn?: string;
  /** What to ask for instead; only for `"v1-only"` scopes. */
  readonly instead?: string;
}

const v1 = ["v1"] as const;
const v2 = ["v2"] as const;
const both = ["v1", "v2"] as const;
/** External API v1 ends on the cloud on this day (external-api-v1.yaml, `x-end-of-life`). */
export const V1_ENDS_ON = "2026-12-31";

function current<const V extends readonly ("v1" | "v2")[]>(description: string, versions: V) {
  return { description, versions, status: "current" } as const;
}

function v1Only(description: string, instead: string) {
  return { description, versions: v1, status: "v1-only", endsOn: V1_ENDS_ON, instead } as const;
}

/**
 * The platform's 25 scopes, for apps that show people what they are asked for.
 *
 * Source: the platform's External API documents (`platform/scopes.md`).
 *
 * @example
 * ```ts
 * import { scopes } from "express-autogpt";
 * console.log(scopes.READ_LIBRARY.description); // "read library agents and folders"
 * ```
 */
export const scopes = Object.freeze({
  IDENTITY: current("see who you are: your name, e-mail address and time zone", both),
  READ_GRAPH: current("read agent graphs and their versions", both),
  WRITE_GRAPH: current("create and change agent graphs", both),
  READ_BLOCK: current("list the building blocks of agents", both),
  READ_LIBRARY: current("read library agents and folders", v2),
  WRITE_LIBRARY: current("change your library: update, remove, fork and add agents and folders", both),
  RUN_AGENT: current("start runs of your library agents", v2),
  READ_RUN: current("read runs and their outputs", v2),
  WRITE_RUN: current("stop and delete runs", v2),
  SHARE_RUN: current("switch the public link of a run on and off", v2),
  READ_RUN_REVIEW: current("list the reviews that runs wait for", v2),
  WRITE_RUN_REVIEW: current("answer the reviews that runs wait for", v2),
  READ_SCHEDULE: current("list schedules", v2),
  WRITE_SCHEDULE: current("create and delete schedules", v2),
  READ_FILES: current("read the files of your workspace", v2),
  WRITE_FILES: current("upload and delete files of your workspace", v2),
  READ_INTEGRATIONS: current("see which third-party accounts are connected", both),
  MANAGE_INTEGRATIONS: current("add credentials of third-party accounts", both),
  DELETE_INTEGRATIONS: current("delete credentials of third-party accounts", both),
  READ_STORE: current("read your marketplace profile and submissions", both),
  WRITE_STORE: current("change your marketplace profile and submissions", v2),
  READ_CREDITS: current("read your balance, transactions and billing", v2),
  USE_TOOLS: current("use the assistant's tools", both),
  EXECUTE_GRAPH: v1Only("run agent graphs by id and version", "RUN_AGENT"),
  EXECUTE_BLOCK: v1Only("run single blocks", "an agent that wraps the block, run with RUN_AGENT"),
} satisfies Record<string, ScopeInfo>);

/** The name of a scope of the platform, for example `"READ_LIBRARY"`. */
export type Scope = keyof typeof scopes;

/** Tells whether a value is the name of a scope of the platform. */
export function isScope(value: unknown): value is Scope {
  return typeof value === "string" && Object.hasOwn(scopes, value);
}

/** The scope a misspelt name most likely means, or `undefined` when nothing is near. */
export function nearestScope(name: string): Scope | undefined {
  const wanted = name
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]+/g, "_")
    .slice(0, 64);
  const farthest = Math.max(2, Math.floor(wanted.length / 4));
  let best: Scope | undefined;
  let distance = farthest + 1;
  for (const scope of Object.keys(scopes).filter(isScope)) {
    const d = leven(wanted, scope);
    if (d < distance) [best, distance] = [scope, d];
  }
  return best;
}

/** Why a value is no scope, and what was most likely meant; `otherwise` goes behind when nothing is near. */
export function explainNoScope(value: unknown, otherwise = ""): string {
  const parts: unknown[] = typeof value === "string" ? value.split(/[\s,+]+/) : [value].flat();
  const areSeveral = (Array.isArray(value) || parts.length > 1) && parts.some(isScope);
  if (areSeveral && parts.every(looksLikeName)) {
    return `${String(value)} is not a scope of the platform: name them one by one, ${parts.map((part) => JSON.stringify(part)).join(", ")}.`;
  }
  const complaint = `${showValue(value)} is not a scope of the platform`;
  if (areSeveral) return `${complaint}: name them one by one.`;
  const near = typeof value === "string" ? nearestScope(value) : undefined;
  return near ? `${complaint}; did you mean ${near}?` : `${complaint}.${otherwise}`;
}

/** The scopes of `wanted` that `granted` lacks, in the order of `wanted`. */
export function missingScopes(granted: readonly string[], wanted: readonly Scope[]): Scope[] {
  return wanted.filter((scope) => !granted.includes(scope));
}
