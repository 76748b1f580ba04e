import connectPgSimple from "connect-pg-simple";
import { postgresGrants } from "express-autogpt/postgres";
import session from "express-session";
import pg from "pg";

export async function openStores() {
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
