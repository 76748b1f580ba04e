// PostgreSQL for everything: sessions, grants and the app's own users, with one pool.
import connectPgSimple from "connect-pg-simple";
import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import { postgresGrants } from "express-autogpt/postgres";
import session from "express-session";
import { Pool } from "pg";

const { PORT = "3000", SESSION_SECRET, DATABASE_URL, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET: openssl rand -base64 32");

const pool = new Pool({ connectionString: DATABASE_URL });
pool.on("error", (error) => console.error(`PostgreSQL: ${error.message}`));
await pool.query(
  "create table if not exists app_users (id uuid primary key, email text, sign_ins int not null default 1)",
);

const autogpt = signInWithAutoGPT({
  scopes: ["IDENTITY"],
  grants: postgresGrants(pool), // makes its table, autogpt_grants
  async onSignIn({ user }) {
    await pool.query(
      `insert into app_users (id, email) values ($1, $2)
       on conflict (id) do update set email = excluded.email, sign_ins = app_users.sign_ins + 1`,
      [user.id, user.email], // the ID is the key: an e-mail address can change and is not verified
    );
  },
});

const app = express();
const PgStore = connectPgSimple(session);
const store = new PgStore({ pool, tableName: "app_sessions", createTableIfMissing: true });
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ store, secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);

app.get("/", autogpt.requireSignIn(), async (_req, res) => {
  const { id } = res.locals.autogpt.user;
  const { rows } = await pool.query("select email, sign_ins from app_users where id = $1", [id]);
  res.json(rows[0]);
});

app.use(autogpt.errorHandler());
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once("SIGTERM", () => {
  server.close(async () => {
    await autogpt.close(); // after the last request
    store.close(); // its timer
    await pool.end(); // after the last write
  });
});
