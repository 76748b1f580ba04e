// One of two processes behind nginx.conf: PORT=4001 and PORT=4002. Sessions and grants are in Redis, so it does
// not matter which process a person meets, and one of them can be replaced while people are signed in.
import { RedisStore } from "connect-redis";
import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import { redisGrants } from "express-autogpt/redis";
import session from "express-session";
import { createClient } from "redis";

const { PORT = "4001", SESSION_SECRET, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET, the same for all: openssl rand -base64 32");

const redis = createClient({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" });
redis.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
await redis.connect();

const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY", "READ_BLOCK"], grants: redisGrants(redis) });
autogpt.events.on("fault", ({ code, message }) => console.error(code, message));

const app = express();
app.set("trust proxy", 1); // one nginx in front: its X-Forwarded-Proto says whether it was https
const store = new RedisStore({ client: redis, prefix: "app:session:" });
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ store, secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);

app.get("/", autogpt.requireSignIn(), (_req, res) => {
  res.json({ user: res.locals.autogpt.user.email, port: PORT });
});
app.get("/blocks", autogpt.requireScopes("READ_BLOCK"), async (_req, res) => {
  const { data, error } = await res.locals.autogpt.api.GET("/v2/blocks");
  if (error) res.status(502).json({ problem: error.error.code });
  else res.json(data.items.map(({ name }) => name));
});

app.use(autogpt.errorHandler());
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}`));
process.once("SIGTERM", () => {
  server.close(async () => {
    await autogpt.close(); // after the last request
    await redis.close(); // after the last write
  });
});
