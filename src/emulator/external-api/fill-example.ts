import { makeExample } from "./example.js";
import { documents, type Operation } from "./operations.js";
import { type PageQuery, readPage } from "./page.js";
import type { CheckedRequest } from "./read-request.js";

/** The example of an operation's answer, with what was sent where the answer has a place of its name. */
export function fillExample(operation: Operation, request: CheckedRequest, now: number): unknown {
  const { schema } = operation.success;
  if (!schema) return undefined;
  const example = makeExample({ document: documents[operation.version], now }, schema);
  if (!isObject(example)) return example;
  if (Array.isArray(example.items) && "next_cursor" in example) {
    const { limit, cursor } = request.query as PageQuery; // its validator has checked them
    const page = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
    return readPage(example.items, page);
  }
  const sent = { ...idOf(request.path), ...request.path, ...(isObject(request.body) && request.body) };
  const fitting = Object.entries(sent).filter(
    ([name, value]) => Object.hasOwn(example, name) && kindOf(example[name]) === kindOf(value),
  );
  return { ...example, ...Object.fromEntries(fitting) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The last id in the path is the answer's own. */
function idOf(path: CheckedRequest["path"]): Record<string, unknown> {
  const id = Object.entries(path).findLast(([name]) => name.endsWith("_id"))?.[1];
  return id === undefined ? {} : { id };
}

/** Lists of other things than texts have items of two shapes, one for each direction. */
function kindOf(value: unknown): string {
  if (!Array.isArray(value)) return typeof value;
  return value.every((item) => typeof item === "string") ? "texts" : "items of a sent list";
}
