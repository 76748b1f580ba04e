// Lists the platform's blocks as the user who signed in, with that user's access token.
import express from "express";
import { paginate, signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

const { PORT = "3000", SESSION_SECRET, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET: openssl rand -base64 32");

const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY", "READ_BLOCK"] });

const app = express();
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);

app.get("/", (_req, res) => res.redirect("/blocks"));

app.get("/blocks", autogpt.requireScopes("READ_BLOCK"), async (_req, res) => {
  // The client refreshes the access token by itself; TypeScript knows what READ_BLOCK allows.
  const { api } = res.locals.autogpt;
  const names: string[] = [];
  for await (const block of paginate(api, "/v2/blocks")) names.push(block.name);
  res.json(names);
});

// The same with v1, which ends on the cloud on 2026-12-31: all at once, and errors have a `detail`.
app.get("/v1/blocks", autogpt.requireScopes("READ_BLOCK"), async (_req, res) => {
  const { data, error } = await res.locals.autogpt.api.GET("/v1/blocks");
  if (error) res.status(502).json({ problem: error.detail });
  else res.json(data.map((block) => block.name));
});

app.use(autogpt.errorHandler());
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once("SIGTERM", () => void server.close(() => void autogpt.close()));
