import express from "express";
import { serve, settings, tellParent } from "./frame.js";

async function createApp() {
  const app = express();
  app.get("/sign-in", (_req, res) => void res.json("nobody asks"));
  app.get("/user", (_req, res) => void res.json(settings.user));
  return app;
}

tellParent(await serve(createApp));
