import type { Operation } from "./operations.js";

export interface Match {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
}

export type Found =
  | { readonly match: Match; readonly allowed?: never }
  /** The path is known, but not with this method: these are. */
  | { readonly match?: never; readonly allowed: readonly string[] };

/**
 * Finds the operation of a request as FastAPI does: the first in the order of the document whose path and
 * method fit, on the decoded path, so that `%2F` is a slash and never part of a value.
 */
export function matchOperation(operations: readonly Operation[], method: string, path: string): Found {
  const segments = decode(path).split("/");
  const allowed: string[] = [];
  for (const operation of operations) {
    const values = matchPath(operation.path.split("/"), segments);
    if (!values) continue;
    if (operation.method === method) return { match: { operation, path: values } };
    allowed.push(operation.method);
  }
  return { allowed };
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined && segment !== "") values[name] = segment;
    else if (part !== segment) return undefined;
  }
  return values;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
