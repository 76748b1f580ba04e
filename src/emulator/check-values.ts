import { suggestName } from "../option-names.js";
import { isScope, nearestScope, type Scope } from "../scopes.js";

export type Members = Record<string, unknown>;
/** Takes note of what is wrong, and where; reading goes on, so that people see all of it at once. */
export type Report = (path: string, problem: string) => void;

export function throwProblems(headline: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new TypeError(`${headline}:\n${problems.map((p) => `- ${p}`).join("\n")}`);
}

export function readObject(
  value: unknown,
  path: string,
  members: readonly string[],
  report: Report,
): Members | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    report(path, "must be an object");
    return undefined;
  }
  for (const name of Object.keys(value)) {
    if (!members.includes(name)) report(`${path}.${name}`, `is not known${suggestName(name, members)}`);
  }
  return { ...value };
}

/** A member that is there and `undefined` counts as left out, as with every option. */
export function dropUndefined(given: Members): Members {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export function readList<T>(
  value: unknown,
  path: string,
  fallback: readonly unknown[],
  report: Report,
  read: (item: unknown, path: string, report: Report, index: number) => T | undefined,
): T[] {
  const items = value ?? fallback;
  if (!Array.isArray(items)) {
    report(path, "must be an array");
    return [];
  }
  return items.flatMap((item, index) => read(item, `${path}[${index}]`, report, index) ?? []);
}

export function readText(given: Members, name: string, path: string, report: Report): string {
  const value = given[name];
  if (typeof value === "string" && value !== "") return value;
  report(`${path}.${name}`, "must be a non-empty string");
  return "";
}

export function readOptionalText(given: Members, name: string, path: string, report: Report): string | null {
  const value = given[name];
  if (value === undefined || value === null) return null;
  return readText(given, name, path, report);
}

export function readRedirectUris(value: unknown, path: string, report: Report): string[] {
  if (!Array.isArray(value) || value.length === 0) {
    report(path, "must be an array with at least one absolute URL");
    return [];
  }
  return value.filter((uri, index): uri is string => {
    const good = typeof uri === "string" && URL.canParse(uri);
    if (!good)
      report(`${path}[${index}]`, "must be an absolute URL, for example http://localhost:3000/auth/callback");
    return good;
  });
}

export function readScopes(value: unknown, path: string, report: Report): Scope[] {
  if (!Array.isArray(value)) {
    report(path, 'must be an array of scope names, for example ["IDENTITY"]');
    return [];
  }
  return value.filter((name, index): name is Scope => {
    if (isScope(name)) return true;
    const nearest = typeof name === "string" ? nearestScope(name) : undefined;
    report(`${path}[${index}]`, `is not a scope${nearest ? `; did you mean ${nearest}?` : ""}`);
    return false;
  });
}

export function readIsActive(value: unknown, path: string, report: Report): boolean {
  if (typeof value !== "boolean") report(path, "must be true or false");
  return value === true;
}

/** Longer than any test waits. */
const MOST_MILLISECONDS = 60_000;

export function readMilliseconds(value: unknown, path: string, report: Report): number {
  if (typeof value === "number" && value >= 0 && value <= MOST_MILLISECONDS) return value;
  report(path, `must be milliseconds from 0 to ${MOST_MILLISECONDS}`);
  return 0;
}
