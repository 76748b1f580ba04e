const { RedisStore } = require("connect-redis");
const { redisGrants } = require("express-autogpt/redis");
const { createClient } = require("redis");

async function openStores() {
  const client = createClient();
  client.on("error", console.error);
  await client.connect();
  return { store: new RedisStore({ client }), grants: redisGrants(client), close: () => client.close() };
}

module.exports = { openStores };
