// Lists the platform's blocks as the user who signed in, with that user's access token. Register
// http://localhost:3000/auth/callback as the redirect URI, set AUTOGPT_CLIENT_ID, AUTOGPT_CLIENT_SECRET and
// AUTOGPT_SECRET, and for an instance of one's own AUTOGPT_WEB_URL and AUTOGPT_BACKEND_URL.
import { randomBytes } from "node:crypto";
import express from "express";
import { paginate, signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

const port = Number(process.env.PORT ?? 3000);
const autogpt = signInWithAutoGPT({
  redirectUri: `http://localhost:${port}/auth/callback`,
  scopes: ["IDENTITY", "READ_BLOCK"],
});

const app = express();
const secret = randomBytes(32).toString("base64url");
app.use(session({ secret, resave: false, saveUninitialized: false }));
app.use(autogpt.router);

app.get("/", (req, res) => {
  if (req.autogpt.signedIn) res.redirect("/blocks");
  else res.redirect("/auth/login?returnTo=/blocks");
});

app.get("/blocks", async (req, res) => {
  // The client of a grant refreshes its access token by itself; TypeScript knows what READ_BLOCK allows.
  const { api } = await autogpt.grantFor(req.autogpt.user.id, "READ_BLOCK");
  const names: string[] = [];
  for await (const block of paginate(api, "/v2/blocks")) names.push(block.name);
  res.json(names);
});

// The same with v1, which ends on the cloud on 2026-12-31: all at once, and errors have a `detail`.
app.get("/v1/blocks", async (req, res) => {
  const { data, error } = await req.autogpt.api.GET("/v1/blocks");
  if (error) res.status(502).json({ problem: error.detail });
  else res.json(data.map((block) => block.name));
});

app.use(autogpt.errorHandler());
const server = app.listen(port, () => console.log(`http://localhost:${port}`));
process.once("SIGTERM", () => {
  server.close(() => void autogpt.close());
  server.closeAllConnections();
});
