// Lists the agents of everybody who has signed in: no browser, no session, a process of its own.
import { GrantLostError, InsufficientScopeError, paginate } from "express-autogpt";
import { autogpt, redis, USERS } from "./autogpt.js";

try {
  for (const userId of await redis.sMembers(USERS)) await listAgents(userId);
} finally {
  await autogpt.close();
  await redis.close(); // or the process does not end
}

/** One user's trouble does not stop the others' work. */
async function listAgents(userId: string): Promise<void> {
  try {
    const { api } = await autogpt.grantFor(userId, "READ_LIBRARY"); // refreshes by itself
    for await (const agent of paginate(api, "/v2/library/agents")) console.log(`${userId}: ${agent.name}`);
  } catch (error) {
    if (error instanceof GrantLostError) console.log(`${userId}: must sign in again`);
    else if (error instanceof InsufficientScopeError) console.log(`${userId}: must be asked for more`);
    else {
      console.error(`${userId}: try later`, error); // the platform or the store
      process.exitCode = 1;
    }
  }
}
