// The process that people see: they sign in here, and job.ts acts for them later.
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { autogpt, redis } from "./autogpt.js";

const { PORT = "3000", SESSION_SECRET, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET: openssl rand -base64 32");

const app = express();
const store = new RedisStore({ client: redis, prefix: "app:session:" });
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ store, secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);

app.get("/", autogpt.requireSignIn(), (_req, res) => {
  res.send(`Tonight we look at the agents of user ${res.locals.autogpt.user.id}.`);
});

app.use(autogpt.errorHandler());
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once("SIGTERM", () => {
  server.close(async () => {
    await autogpt.close(); // after the last request
    await redis.close(); // after the last write
  });
});
