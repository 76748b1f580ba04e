import { explain, type Setting } from "./network-faults.js";

/** Long enough for a slow platform, short enough for somebody who waits; milliseconds. */
const PATIENCE = 5_000;

/** As much of an answer as the checks look at. */
export interface Answer {
  readonly status: number;
  readonly kind: "JSON" | "HTML" | "other";
  /** The body when it is JSON. */
  readonly body: unknown;
  readonly text: string;
  /** Where a redirect leads. */
  readonly location: URL | undefined;
  /** Milliseconds that the other clock is ahead of ours. */
  readonly ahead: number | undefined;
}

/**
 * Asks once, follows no redirect; with `body` it is a POST of JSON.
 *
 * @throws {CheckFailed} when there is no answer, saying why and what to do.
 */
export async function ask(address: string, setting: Setting, body?: unknown): Promise<Answer> {
  const sentAt = Date.now();
  try {
    const response = await fetch(address, {
      ...(body === undefined
        ? { headers: { accept: "application/json, text/html" } }
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const ahead = compareClocks(response.headers.get("date"), sentAt, Date.now());
    const text = await response.text();
    const location = response.headers.get("location") ?? "";
    return {
      status: response.status,
      ...readBody(text),
      text,
      location: URL.canParse(location, address) ? new URL(location, address) : undefined,
      ahead,
    };
  } catch (error) {
    throw explain(error, address, setting, PATIENCE);
  }
}

function readBody(text: string): Pick<Answer, "kind" | "body"> {
  try {
    return { kind: "JSON", body: JSON.parse(text) };
  } catch {
    return { kind: /^\s*</.test(text) ? "HTML" : "other", body: undefined };
  }
}

/** A `Date` is cut to whole seconds, so half a second is put back; it was written some time between the two. */
function compareClocks(date: string | null, sentAt: number, answeredAt: number): number | undefined {
  const theirs = Date.parse(date ?? "");
  return Number.isNaN(theirs) ? undefined : theirs + 500 - (sentAt + answeredAt) / 2;
}
