import { Refusal } from "../answer.js";

const DEFAULT_LIMIT = 20;

export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * One page of a v2 list: `limit` and the opaque `cursor` of the page before.
 *
 * @throws Refusal 400 for a cursor that no page has given
 */
export function readPage<T>(items: readonly T[], { limit = DEFAULT_LIMIT, cursor }: PageQuery) {
  const start = readCursor(cursor);
  const end = start + limit;
  return {
    items: items.slice(start, end),
    next_cursor: end < items.length ? toCursor(end) : null,
    total_count: items.length,
  };
}

function toCursor(start: number): string {
  return Buffer.from(`from ${start}`).toString("base64url");
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, start] = /^from (\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (start === undefined) throw new Refusal(400, "Invalid cursor");
  return Number(start);
}

/** One page of a v1 list. */
export function readNumberedPage<T>(
  items: readonly T[],
  { page = 1, page_size = DEFAULT_LIMIT }: { readonly page?: number; readonly page_size?: number },
) {
  const start = (page - 1) * page_size;
  return {
    items: items.slice(start, start + page_size),
    pagination: {
      total_items: items.length,
      total_pages: Math.ceil(items.length / page_size),
      current_page: page,
      page_size,
    },
  };
}
