// Keeps users who do not come by: a refresh token lives for 30 days, and each refresh starts them anew.
// Run it daily from cron, beside an app whose grants are in Redis; the application, secret and store are the app's.
import { signInWithAutoGPT } from "express-autogpt";
import { redisGrants } from "express-autogpt/redis";
import { createClient } from "redis";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000; // six nights may fail

const { REDIS_URL = "redis://127.0.0.1:6379" } = process.env;
const redis = createClient({ url: REDIS_URL });
redis.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
await redis.connect();

const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"], grants: redisGrants(redis) });
autogpt.events.on("grantLost", ({ userId, reason }) =>
  console.log(`${userId} must sign in again: ${reason}`),
);
autogpt.events.on("fault", ({ code, message }) => console.error(code, message));

try {
  const { renewed, superseded, lost, failed } = await autogpt.renewExpiring({ within: WEEK_MS });
  console.log(`renewed ${renewed}, superseded ${superseded}, lost ${lost}, failed ${failed}`);
  if (failed > 0) process.exitCode = 1; // a passing fault: cron tells you, the next night tries again
} finally {
  await autogpt.close(); // after the last refresh
  await redis.close(); // after the last write
}
