import type { Request } from "express";
import { Refusal } from "../answer.js";
import { SchemaFault } from "../schema.js";

const DEFAULT_LIMIT = 20;
const LEAST_LIMIT = 1;
const MOST_LIMIT = 100;

/** One page of a list: `limit` and the opaque `cursor` of the page before. */
export function readPage<T>(items: readonly T[], req: Request) {
  const query = new URLSearchParams(req.originalUrl.split("?").slice(1).join("?"));
  const limit = readLimit(query.get("limit"));
  const start = readCursor(query.get("cursor"));
  const end = start + limit;
  return {
    items: items.slice(start, end),
    next_cursor: end < items.length ? toCursor(end) : null,
    total_count: items.length,
  };
}

function readLimit(input: string | null): number {
  if (input === null) return DEFAULT_LIMIT;
  const fault = (type: string, msg: string, ctx?: Record<string, unknown>) =>
    new SchemaFault([{ type, loc: ["query", "limit"], msg, input, ...(ctx && { ctx }) }]);
  if (!/^[-+]?\d+$/.test(input.trim())) {
    throw fault("int_parsing", "Input should be a valid integer, unable to parse string as an integer");
  }
  const limit = Number(input);
  if (limit < LEAST_LIMIT) {
    throw fault("greater_than_equal", `Input should be greater than or equal to ${LEAST_LIMIT}`, {
      ge: LEAST_LIMIT,
    });
  }
  if (limit > MOST_LIMIT) {
    throw fault("less_than_equal", `Input should be less than or equal to ${MOST_LIMIT}`, { le: MOST_LIMIT });
  }
  return limit;
}

function toCursor(start: number): string {
  return Buffer.from(`from ${start}`).toString("base64url");
}

function readCursor(cursor: string | null): number {
  if (cursor === null) return 0;
  const [, start] = /^from (\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (start === undefined) throw new Refusal(400, "Invalid cursor");
  return Number(start);
}
