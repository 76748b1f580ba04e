import { RedisStore } from "connect-redis";
import { redisGrants } from "express-autogpt/redis";
import { createClient } from "redis";

export async function openStores() {
  const client = createClient();
  client.on("error", console.error);
  await client.connect();
  return { store: new RedisStore({ client }), grants: redisGrants(client), close: () => client.close() };
}
