const connectPgSimple = require("connect-pg-simple");
const { postgresGrants } = require("express-autogpt/postgres");
const session = require("express-session");
const pg = require("pg");

async function openStores() {
  const pool = new pg.Pool(); // PGHOST, PGUSER and PGDATABASE say where
  pool.on("error", console.error);
  const store = new (connectPgSimple(session))({ pool });
  return {
    store,
    grants: postgresGrants(pool),
    async close() {
      store.close();
      await pool.end();
    },
  };
}

module.exports = { openStores };
