import express from "express";
import { redisGrants } from "../../../../dist/grants/redis.js";
import { memoryGrants, signInWithAutoGPT } from "../../../../dist/index.js";
import { serve, settings, tellParent } from "./frame.js";
import { connectRedis, sessionStore, sessions } from "./sessions.js";

async function createApp(url) {
  const autogpt = signInWithAutoGPT({
    ...{ ...settings.application, secret: settings.secret },
    ...{ redirectUri: `${url}/auth/callback`, scopes: ["IDENTITY"], platform: settings.platform },
    grants: settings.store === "redis" ? redisGrants(await connectRedis()) : memoryGrants(),
  });
  const app = express();
  app.use(sessions(await sessionStore()));
  app.use(autogpt.router);
  app.get("/user", autogpt.requireSignIn(), (req, res) => void res.json(req.autogpt.user));
  app.get("/api", autogpt.requireScopes("IDENTITY"), async (_req, res) => {
    const { data, response } = await res.locals.autogpt.api.GET("/v2/me");
    if (!data) return void res.sendStatus(response.status);
    res.json({ id: data.user_id });
  });
  app.use(autogpt.errorHandler());
  return app;
}

tellParent(await serve(createApp));
