import type { Finding, Verdict } from "./finding.js";
import type { Redact } from "./redact.js";

const MARKS: Readonly<Record<Verdict["status"], string>> = {
  ok: "ok  ",
  warning: "warn",
  failed: "FAIL",
  skipped: "skip",
};

/** What a script gets. */
export interface Report {
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** The findings without secrets: nothing else may be printed. */
export function makeReport(findings: readonly Finding[], redact: Redact): Report {
  return {
    ok: findings.every(({ status }) => status !== "failed"),
    findings: findings.map(({ name, status, message, fix }) => ({
      ...{ name, status, message: redact(inOneLine(message)) },
      ...(fix !== undefined && { fix: redact(inOneLine(fix)) }),
    })),
  };
}

/** A line for each finding, with its fix, and one that sums up. */
export function printLines({ findings }: Report): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, status, message, fix }) =>
    [MARKS[status], "", name.padEnd(width), "", message, ...(fix === undefined ? [] : [fix])].join(" "),
  );
  return [...lines, "", sumUp(findings), ""].join("\n");
}

function sumUp(findings: readonly Finding[]): string {
  const count = (wanted: Verdict["status"]) => findings.filter(({ status }) => status === wanted).length;
  const [failures, warnings] = [count("failed"), count("warning")];
  return `${failures} failed, ${warnings} ${warnings === 1 ? "warning" : "warnings"}, ${count("ok")} ok, ${count("skipped")} skipped`;
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
