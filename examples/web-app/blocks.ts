import { type ApiClient, GrantLostError } from "express-autogpt";

/** A building block of agents, as far as this app shows it. */
export interface Block {
  name: string;
  description: string;
}

/** One page of blocks and where the next one starts, or a sentence for the person who cannot have them. */
export type BlockList =
  | { items: readonly Block[]; next: string | null }
  | { problem: string; signInAgain: boolean };

/** Reads blocks in the user's name. A platform that fails must not take the whole page with it. */
export async function readBlocks(
  api: ApiClient,
  page: { limit: number; cursor?: string },
): Promise<BlockList> {
  try {
    // Typed from the platform's own API description: the path, the query, `data` and `error`.
    const { data, response } = await api.GET("/v2/blocks", { params: { query: page } });
    return data ? { items: data.items, next: data.next_cursor } : explain(response.status);
  } catch (error) {
    // The error handler sends whose grant is gone to sign in again.
    if (error instanceof GrantLostError) throw error;
    console.warn("The blocks could not be read:", error);
    return explain(503);
  }
}

function explain(status: number): BlockList {
  const signInAgain = status === 401 || status === 403;
  return {
    problem: PROBLEMS[status] ?? "AutoGPT does not answer at the moment. Reload in a minute.",
    signInAgain,
  };
}

const PROBLEMS: Readonly<Record<number, string>> = {
  400: "There is no such page of blocks.",
  401: "AutoGPT does not accept this sign-in any longer.",
  403: "You did not allow this app to list the blocks.",
  429: "AutoGPT asks for a pause. Reload in a minute.",
};
