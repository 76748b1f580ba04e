import express from "express";
import { getIronSession } from "iron-session";
import { answerErrors, serve, settings, tellParent } from "./frame.js";

const options = { password: settings.secret, cookieName: "session", cookieOptions: { secure: false } };

async function createApp() {
  const app = express();
  app.get("/sign-in", async (req, res) => {
    const session = await getIronSession(req, res, options);
    session.user = settings.user;
    await session.save();
    res.json("signed in");
  });
  app.get("/user", async (req, res) => {
    const session = await getIronSession(req, res, options);
    if (!session.user) return void res.sendStatus(401);
    res.json(session.user);
  });
  app.use(answerErrors);
  return app;
}

tellParent(await serve(createApp));
