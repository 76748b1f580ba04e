/** express-session as its documentation sets it up, with sessions in memory or in Redis. */
import { RedisStore } from "connect-redis";
import session from "express-session";
import { createClient } from "redis";
import { settings } from "./frame.js";

export async function connectRedis() {
  return createClient({ url: settings.redisUrl }).connect();
}

export async function sessionStore() {
  if (settings.store !== "redis") return new session.MemoryStore();
  return new RedisStore({ client: await connectRedis(), prefix: settings.prefix });
}

export const sessions = (store) =>
  session({ secret: settings.secret, resave: false, saveUninitialized: false, store });
