import express, { type Express } from "express";
import type { SignInWithAutoGPT } from "express-autogpt";
import { agentPage, agentsPage, connectPage, runPage } from "./agent-pages.js";
import { readInputs } from "./inputs.js";

/** Running agents: what reading needs was asked for at sign-in, what running needs is asked for when it is needed. */
export function addAgents(app: Express, autogpt: SignInWithAutoGPT): void {
  // One guard per route: it asks for what is missing, and the compiler knows what `api` may do behind it.
  app.get("/agents", autogpt.requireScopes("READ_LIBRARY"), async (_req, res) => {
    const { data, response } = await res.locals.autogpt.api.GET("/v2/library/agents");
    if (!data) throw failed(response);
    res.send(agentsPage(data.items));
  });

  // The page with the form is guarded, so nobody fills in a form that is then refused.
  const mayRun = autogpt.requireScopes("READ_LIBRARY", "RUN_AGENT", "READ_RUN");
  app.get("/agents/:id/run", mayRun, async (req, res) => {
    const { data, response } = await res.locals.autogpt.api.GET("/v2/library/agents/{agent_id}", {
      params: { path: { agent_id: req.params.id } },
    });
    if (!data) throw failed(response);
    res.send(agentPage(data));
  });

  // The guard also holds that the form came from this app: no token in the form is needed.
  app.post("/agents/:id/run", mayRun, express.urlencoded(), async (req, res) => {
    const { api } = res.locals.autogpt;
    const params = { path: { agent_id: req.params.id } };
    const agent = await api.GET("/v2/library/agents/{agent_id}", { params });
    if (!agent.data) throw failed(agent.response);
    const inputs = readInputs(agent.data.input_schema, req.body);
    const run = await api.POST("/v2/library/agents/{agent_id}/runs", { params, body: { inputs } });
    if (!run.data) {
      const { status } = run.response;
      if (status !== 400 && status !== 422) throw failed(run.response);
      res.status(400).send(agentPage(agent.data, "AutoGPT does not take these inputs."));
      return;
    }
    res.redirect(303, `/runs/${encodeURIComponent(run.data.id)}`);
  });

  app.get("/runs/:id", autogpt.requireScopes("READ_RUN"), async (req, res) => {
    const { data, response } = await res.locals.autogpt.api.GET("/v2/runs/{run_id}", {
      params: { path: { run_id: req.params.id } },
    });
    if (!data) throw failed(response);
    res.send(runPage(data));
  });

  app.get("/connect/github", autogpt.setUpIntegrations("github"), (_req, res) => {
    res.send(connectPage(res.locals.integrations));
  });
}

/** 404 stays 404; all else is AutoGPT's trouble, for which the error pages have words. */
function failed({ status }: Response): Error {
  return Object.assign(new Error(`AutoGPT answered ${status}`), { status: status === 404 ? 404 : 502 });
}
