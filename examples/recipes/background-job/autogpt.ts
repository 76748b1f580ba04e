// What web.ts and job.ts share: the same application, secret and store find the same grants.
import { signInWithAutoGPT } from "express-autogpt";
import { redisGrants } from "express-autogpt/redis";
import { createClient } from "redis";

const { REDIS_URL = "redis://127.0.0.1:6379" } = process.env;
export const redis = createClient({ url: REDIS_URL });
redis.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
await redis.connect();

/** The app's own list of users; yours has a table. */
export const USERS = "app:users";

export const autogpt = signInWithAutoGPT({
  scopes: ["IDENTITY", "READ_LIBRARY"],
  grants: redisGrants(redis),
  async onSignIn({ user }) {
    await redis.sAdd(USERS, user.id);
  },
});
autogpt.events.on("fault", ({ code, message }) => console.error(code, message));
