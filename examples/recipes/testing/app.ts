// An app made in a function, so that tests can give it other options: see app.test.ts.
import { randomUUID } from "node:crypto";
import express, { type Express } from "express";
import { paginate, type SignInWithAutoGPTOptions, signInWithAutoGPT } from "express-autogpt";
import session from "express-session";

export function createApp(options: Partial<SignInWithAutoGPTOptions> = {}): Express {
  const autogpt = signInWithAutoGPT({ scopes: ["IDENTITY"], ...options });
  const app = express();
  const secret = process.env.SESSION_SECRET ?? randomUUID();
  app.use(session({ secret, resave: false, saveUninitialized: false }));
  app.use(autogpt.router);

  app.get("/me", autogpt.requireSignIn(), (_req, res) => {
    res.json(res.locals.autogpt.user);
  });
  app.get("/agents", autogpt.requireScopes("READ_LIBRARY"), async (_req, res) => {
    const names: string[] = [];
    for await (const { name } of paginate(res.locals.autogpt.api, "/v2/library/agents")) names.push(name);
    res.json(names);
  });

  app.use(autogpt.errorHandler());
  return app;
}
