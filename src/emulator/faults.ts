import { validateHeaderName, validateHeaderValue } from "node:http";
import { type Members, type Report, readObject, throwProblems } from "./check-values.js";

/**
 * Something that goes wrong with the next requests to a path.
 *
 * With `status`, `body` or both, that answer is given and no work is done. With only `delay_ms`, the
 * normal answer comes late.
 */
export interface EmulatorFault {
  /** Any method when left out. */
  readonly method?: string;
  /** The whole path, without query and without the `/_agpt` prefix. */
  readonly path: string;
  /** How many requests it hits. Default 1. */
  readonly times?: number;
  /** Default 200 when there is a body. */
  readonly status?: number;
  /** A string is sent as HTML, as a proxy does; everything else as JSON. */
  readonly body?: unknown;
  /** For example `Retry-After`, or `Location` for a 307. Needs `status`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the request waits before anything else happens to it. */
  readonly delay_ms?: number;
  /** `"before"`: the connection ends and no work is done; `"after"`: the work is done and the answer is lost. */
  readonly drop?: "before" | "after";
}

export interface Faults {
  /** @throws TypeError that lists everything that is wrong */
  add(fault: unknown): void;
  /** The oldest fault for this request, which has then hit once more. */
  take(method: string, path: string): EmulatorFault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  let waiting: { fault: EmulatorFault; left: number }[] = [];
  return {
    add(given) {
      const fault = checkFault(given);
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(method, path) {
      const hit = waiting.find(
        ({ fault }) => fault.path === path && (fault.method ?? method).toUpperCase() === method,
      );
      if (!hit) return undefined;
      hit.left -= 1;
      if (hit.left === 0) waiting = waiting.filter((other) => other !== hit);
      return hit.fault;
    },
    clear() {
      waiting = [];
    },
  };
}

const MEMBERS = ["method", "path", "times", "status", "body", "headers", "delay_ms", "drop"] as const;

function checkFault(value: unknown): EmulatorFault {
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
  const given = readObject(value, "fault", MEMBERS, report) ?? {};
  const { method, path, times, status, body, headers, delay_ms, drop } = given;

  const isPath = typeof path === "string" && path.startsWith("/") && !path.includes("?");
  if (!isPath) report("fault.path", "must be a path without query, for example /api/oauth/token");
  if (method !== undefined && typeof method !== "string")
    report("fault.method", "must be a string, for example POST");
  if (times !== undefined && !isInteger(times, 1)) report("fault.times", "must be a whole number from 1");
  if (status !== undefined && !isInteger(status, 200, 599))
    report("fault.status", "must be a status from 200 to 599");
  if (delay_ms !== undefined && !isInteger(delay_ms, 0))
    report("fault.delay_ms", "must be whole milliseconds from 0");
  if (drop !== undefined && drop !== "before" && drop !== "after")
    report("fault.drop", 'must be "before" or "after"');
  if (drop !== undefined && (status !== undefined || body !== undefined)) {
    report("fault.drop", "cannot stand beside status or body: a dropped request has no answer");
  }
  if (headers !== undefined) checkHeaders(headers, report);
  if (headers !== undefined && status === undefined) report("fault.headers", "needs a status");
  if ([status, body, delay_ms, drop].every((member) => member === undefined)) {
    report("fault", "does nothing: give it status, body, delay_ms or drop");
  }
  throwProblems("The fault is wrong", problems);
  return asFault(given);
}

/** Safe: checkFault has looked at each member and refused every other one. */
function asFault(checked: Members): EmulatorFault {
  return structuredClone(checked) as unknown as EmulatorFault;
}

function isInteger(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
}

function checkHeaders(value: unknown, report: Report): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    report("fault.headers", 'must be an object, for example {"Retry-After": "2"}');
    return;
  }
  for (const [name, text] of Object.entries(value)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, text);
      if (typeof text !== "string") throw new TypeError("not a string");
    } catch {
      report(`fault.headers.${name}`, "is not a header with a string as its value");
    }
  }
}
