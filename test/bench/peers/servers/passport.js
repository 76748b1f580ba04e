import express from "express";
import passport from "passport";
import { answerErrors, serve, settings, tellParent } from "./frame.js";
import { sessionStore, sessions } from "./sessions.js";

async function createApp() {
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user, done) => done(null, user));
  const app = express();
  app.use(sessions(await sessionStore()));
  app.use(passport.session());
  app.get("/sign-in", (req, res, next) => {
    req.login(settings.user, (error) => (error ? next(error) : res.json("signed in")));
  });
  app.get("/user", (req, res) => {
    if (!req.isAuthenticated()) return void res.sendStatus(401);
    res.json(req.user);
  });
  app.use(answerErrors);
  return app;
}

tellParent(await serve(createApp));
