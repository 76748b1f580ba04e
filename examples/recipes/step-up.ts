// Little is asked for at sign-in, and more where a route needs it: the agents, then running one of them.
import express from "express";
import { paginate, signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

const { PORT = "3000", SESSION_SECRET, AUTOGPT_REDIRECT_URI = "" } = process.env;
if (!SESSION_SECRET) throw new Error("Set SESSION_SECRET: openssl rand -base64 32");

const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"] });
const mayRun = autogpt.requireScopes("RUN_AGENT", "READ_RUN");

const app = express();
const cookie = { sameSite: "lax", secure: AUTOGPT_REDIRECT_URI.startsWith("https:") } as const;
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }));
app.use(autogpt.router);
app.use(express.urlencoded({ extended: false }));

app.get("/", autogpt.requireSignIn(), (_req, res) => {
  res.json({ user: res.locals.autogpt.user.name, scopes: res.locals.autogpt.scopes, agents: "/agents" });
});

app.get("/agents", autogpt.requireScopes("READ_LIBRARY"), async (_req, res) => {
  const agents: { name: string; run: string }[] = [];
  for await (const { id, name } of paginate(res.locals.autogpt.api, "/v2/library/agents")) {
    agents.push({ name, run: `/agents/${encodeURIComponent(id)}/run` });
  }
  res.json(agents);
});

// Opening the form asks for what is missing, so that sending it finds the scopes granted.
app.get("/agents/:id/run", mayRun, (_req, res) => {
  res.send('<form method="post"><input name="text"><button>Run</button></form>');
});
app.post("/agents/:id/run", mayRun, async (req, res) => {
  const { data, error } = await res.locals.autogpt.api.POST("/v2/library/agents/{agent_id}/runs", {
    params: { path: { agent_id: req.params.id } },
    body: { inputs: { text: String(req.body?.text) } },
  });
  if (error) res.status(502).json({ problem: error.error.code });
  else res.redirect(303, `/runs/${encodeURIComponent(data.id)}`);
});
app.get("/runs/:id", autogpt.requireScopes("READ_RUN"), async (req, res) => {
  const { data, error } = await res.locals.autogpt.api.GET("/v2/runs/{run_id}", {
    params: { path: { run_id: req.params.id } },
  });
  if (error) res.status(502).json({ problem: error.error.code });
  else res.json({ status: data.status, outputs: data.outputs });
});

app.use(autogpt.errorHandler());
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once("SIGTERM", () => void server.close(() => void autogpt.close()));
