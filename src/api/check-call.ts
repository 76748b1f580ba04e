import leven from "leven";
import { InsufficientScopeError } from "../errors.js";
import { missingScopes, type Scope, V1_ENDS_ON } from "../scopes.js";
import type { Operation } from "./operation.js";
import { operations } from "./operations.js";

/** A call's last argument, as far as it is looked at before openapi-fetch gets it; JavaScript may pass anything. */
export interface CallInit {
  params?: {
    path?: Record<string, unknown>;
    query?: Record<string, unknown>;
    header?: Record<string, unknown>;
  };
  body?: unknown;
  headers?: unknown;
  parseAs?: string;
  signal?: AbortSignal | null;
  /** The serializer makes a stream, which cannot be sent twice. */
  once?: boolean;
  [other: string]: unknown;
}

const table: Readonly<Record<string, Operation>> = operations;

/**
 * The operation behind a method and a path.
 *
 * @throws {TypeError} when there is none, with the nearest one.
 */
export function findOperation(method: string, path: unknown): Operation {
  const name = `${method} ${String(path)}`;
  const operation = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!operation) {
    const shown = name.slice(0, LONGEST_SHOWN);
    throw new TypeError(`${shown} is no operation of the External API; did you mean ${nearest(shown)}?`);
  }
  if (operation.endsOn) warnOfV1(name);
  return operation;
}

/** Above the longest operation's; a message stays readable, and looking for the nearest stays cheap. */
const LONGEST_SHOWN = 200;

function nearest(name: string): string {
  const distances = Object.keys(table).map((key) => ({ key, distance: leven(key, name) }));
  return distances.reduce((least, next) => (next.distance < least.distance ? next : least)).key;
}

/** @throws {InsufficientScopeError} naming the operation and what is missing, before anything is sent. */
export function checkScopes(
  name: string,
  operation: Operation,
  { params }: CallInit,
  { scopes: granted, userId }: { readonly scopes: readonly string[]; readonly userId: string },
): void {
  const needed: Scope[] = [...operation.scopes];
  const chosen = [params?.query?.content_types].flat();
  for (const [value, scopes] of Object.entries(operation.conditionalScopes ?? {})) {
    if (chosen.includes(value)) needed.push(...scopes);
  }
  const missing = missingScopes(granted, needed);
  if (missing.length > 0) throw new InsufficientScopeError(missing, `${name} needs`, { userId });
}

/**
 * Refuses path values that would make another path: `DELETE /v2/library/folders/{folder_id}` with `..` would be
 * `DELETE /v2/library/`.
 *
 * @throws {TypeError} naming the value that is missing or cannot be used.
 */
export function checkPathValues(path: string, { params }: CallInit): void {
  for (const [, name = ""] of path.matchAll(/\{(\w+)\}/g)) {
    const value = params?.path?.[name];
    const good = typeof value === "number" || (typeof value === "string" && !/^\.{0,2}$/.test(value.trim()));
    if (!good) {
      throw new TypeError(`${path} needs params.path.${name}: a value that is not empty, "." or "..".`);
    }
  }
}

let warned = false;

function warnOfV1(name: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `${name} belongs to External API v1, which ends on the cloud on ${V1_ENDS_ON}. Use the operation of v2.`,
    { type: "DeprecationWarning", code: "AUTOGPT_V1" },
  );
}
