import express from "express";
import { serve, settings, tellParent } from "./frame.js";
import { sessionStore, sessions } from "./sessions.js";

async function createApp() {
  const app = express();
  app.use(sessions(await sessionStore()));
  app.get("/sign-in", (req, res) => {
    req.session.user = settings.user;
    res.json("signed in");
  });
  app.get("/user", (req, res) => {
    if (!req.session.user) return void res.sendStatus(401);
    res.json(req.session.user);
  });
  return app;
}

tellParent(await serve(createApp));
