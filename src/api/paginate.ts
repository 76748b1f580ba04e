import { PlatformError } from "../errors.js";
import type { Scope } from "../scopes.js";
import { apiError } from "./api-error.js";
import type { Answer, ApiClient, InitOf, Operations, PathsWith } from "./client-types.js";

/** What every list of v2 answers. */
interface Page {
  items: readonly unknown[];
  next_cursor?: string | null;
}

/** The operations of v2 that are lists. */
type ListPath = {
  [Path in keyof Operations<"get">]: Path extends `/v2/${string}`
    ? Answer<"get", Path> extends Page
      ? Path
      : never
    : never;
}[keyof Operations<"get">];

/** The lists of v2 that the scopes allow. */
export type PagingPath<Granted extends Scope = Scope> = PathsWith<Granted, "get", "v2"> & ListPath;

/** What a list holds. */
export type ItemOf<Path extends ListPath> =
  Answer<"get", Path> extends { items: readonly (infer Item)[] } ? Item : never;

/**
 * All items of a list of v2, page after page, as they are asked for.
 *
 * @throws {ApiError} when the platform answers a page with an error.
 * @throws {PlatformError} when it does not answer, or repeats a cursor, which would never end.
 *
 * @example
 * ```ts
 * import { createApiClient, paginate } from "express-autogpt";
 *
 * const api = createApiClient();
 * for await (const agent of paginate(api, "/v2/library/agents", { params: { query: { limit: 100 } } })) {
 *   console.log(agent.name);
 * }
 * ```
 */
export async function* paginate<Granted extends Scope, Path extends PagingPath<Granted>>(
  api: ApiClient<Granted>,
  path: Path,
  init?: InitOf<"get", Path>,
): AsyncGenerator<ItemOf<Path>, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const { data, error, response } = await getPage(api, path, init, cursor);
    if (error !== undefined) throw apiError(`GET ${path}`, response, error);
    if (!Array.isArray(data?.items)) throw new PlatformError(`The platform answered ${path} with no list.`);
    yield* data.items as readonly ItemOf<Path>[];
    cursor = data.next_cursor ?? undefined;
    if (cursor !== undefined && seen.has(cursor)) {
      throw new PlatformError(`The platform repeated a cursor of ${path}, so the list would never end.`);
    }
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}

interface AnyInit {
  params?: { query?: object };
}

/** One page; which path it is of, and that it pages, the compiler has checked above. */
async function getPage(api: unknown, path: string, init: AnyInit | undefined, cursor: string | undefined) {
  const { GET } = api as {
    GET(path: string, init: object): Promise<{ data?: Page; error?: unknown; response: Response }>;
  };
  if (cursor === undefined) return GET(path, init ?? {});
  return GET(path, { ...init, params: { ...init?.params, query: { ...init?.params?.query, cursor } } });
}
