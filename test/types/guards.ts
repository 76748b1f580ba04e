// Compiled, not run: a guard narrows `res.locals.autogpt.api` and leaves what Express infers alone.
import express, { type NextFunction, type Request, type Response, Router } from "express";
import type { SignInWithAutoGPT } from "express-autogpt";

declare const autogpt: SignInWithAutoGPT;
declare function isString(value: string): void;
const app = express();

// An inline handler: the demanded scope compiles, another does not, req.params keeps its type.
app.post("/agents/:id/run", autogpt.requireScopes("RUN_AGENT"), async (req, res) => {
  isString(req.params.id);
  const { api } = res.locals.autogpt;
  const path = { agent_id: req.params.id };
  void api.POST("/v2/library/agents/{agent_id}/runs", { params: { path }, body: { inputs: {} } });
  void api.GET("/v2/marketplace/agents");
  // @ts-expect-error: needs READ_RUN
  void api.GET("/v2/runs");
  // @ts-expect-error: there is no such parameter
  isString(req.params.other);
});

// Two scopes: each of them, and the operation that needs both.
const body = { graph_id: "g", name: "n", cron: "0 9 * * *", inputs: {} };
app.post("/schedules", autogpt.requireScopes("RUN_AGENT", "WRITE_SCHEDULE"), (_req, res) => {
  void res.locals.autogpt.api.POST("/v2/schedules", { body });
});
app.post("/half", autogpt.requireScopes("RUN_AGENT"), (_req, res) => {
  // @ts-expect-error: needs WRITE_SCHEDULE too
  void res.locals.autogpt.api.POST("/v2/schedules", { body });
});

// Options come last, after one scope and after several.
app.post("/a", autogpt.requireScopes("READ_RUN", { returnTo: "/runs" }), (_req, res) => {
  void res.locals.autogpt.api.GET("/v2/runs");
});
app.post("/b", autogpt.requireScopes("READ_RUN", "READ_BLOCK", { returnTo: "/runs" }), (_req, res) => {
  void res.locals.autogpt.api.GET("/v2/blocks");
});
// @ts-expect-error: not a scope
autogpt.requireScopes("READ_LIBARY");

// Without scopes: somebody is signed in, and nothing that needs a scope compiles.
app.get("/me", autogpt.requireSignIn(), (_req, res) => {
  isString(res.locals.autogpt.user.id);
  // @ts-expect-error: needs IDENTITY
  void res.locals.autogpt.api.GET("/v2/me");
});

// The app's own locals, annotated handlers, arrays, app.use, routers.
app.get("/own", autogpt.requireScopes("READ_BLOCK"), (_req, res) => void res.locals.whatever);
function annotated(req: Request<{ id: string }>, res: Response): void {
  res.json({ id: req.params.id });
}
app.get("/annotated/:id", autogpt.requireScopes("READ_BLOCK"), annotated);
const log = (_req: Request, _res: Response, next: NextFunction) => next();
app.get("/array", [log, autogpt.requireScopes("READ_BLOCK")], annotated);
app.use(autogpt.requireSignIn());
app.use("/admin", autogpt.requireScopes("READ_BLOCK"), Router());
Router().route("/x").get(autogpt.requireScopes("READ_BLOCK"), annotated);

// The wizard's outcome.
app.get("/connect", autogpt.setUpIntegrations("github"), (_req, res) => {
  const outcome: "completed" | "cancelled" = res.locals.integrations.outcome;
  // @ts-expect-error: there is no other outcome
  const other: "failed" = res.locals.integrations.outcome;
  res.json([outcome, other]);
});
