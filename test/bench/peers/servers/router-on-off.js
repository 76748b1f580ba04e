/** Two apps in one process, which differ in our router only and share their sessions. */
import express from "express";
import { redisGrants } from "../../../../dist/grants/redis.js";
import { memoryGrants, signInWithAutoGPT } from "../../../../dist/index.js";
import { serve, settings, tellParent } from "./frame.js";
import { connectRedis, sessionStore, sessions } from "./sessions.js";

const store = await sessionStore();

async function createAppWithRouter(url) {
  const autogpt = signInWithAutoGPT({
    ...{ ...settings.application, secret: settings.secret },
    ...{ redirectUri: `${url}/auth/callback`, scopes: ["IDENTITY"], platform: settings.platform },
    grants: settings.store === "redis" ? redisGrants(await connectRedis()) : memoryGrants(),
    onSignIn({ req, user }) {
      req.session.user = user;
    },
  });
  const app = express();
  app.use(sessions(store));
  app.use(autogpt.router);
  app.get("/user", (req, res) => void res.json(req.autogpt.user));
  return app;
}

async function createAppWithout() {
  const app = express();
  app.use(sessions(store));
  app.get("/user", (req, res) => void res.json(req.session.user));
  return app;
}

tellParent(await serve(createAppWithRouter), await serve(createAppWithout));
