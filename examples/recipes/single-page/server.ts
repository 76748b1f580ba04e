// A single-page front end: its script asks /auth/session where it stands, and calls guarded routes by fetch.
import { fileURLToPath } from "node:url";
import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

const { PORT = "3000", SESSION_SECRET, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET: openssl rand -base64 32");

const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"] });

const app = express();
app.use(express.static(fileURLToPath(new URL("public", import.meta.url)))); // needs no session
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);

// A fetch that lacks sign-in or a scope gets 401 or 403 as JSON, with the path that leads the person on.
app.get("/api/agents", autogpt.requireScopes("READ_LIBRARY"), async (_req, res) => {
  const { data, error } = await res.locals.autogpt.api.GET("/v2/library/agents");
  res.set("Cache-Control", "no-store");
  if (error) res.status(502).json({ detail: "AutoGPT did not give us your agents." });
  else res.json(data.items.map(({ name }) => name));
});

app.use(autogpt.errorHandler());
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once("SIGTERM", () => void server.close(() => void autogpt.close()));
