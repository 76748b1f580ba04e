import express, { type Express } from "express";
import { type Scope, type SignInWithAutoGPTOptions, signInWithAutoGPT } from "express-autogpt";
import session from "express-session";
import helmet from "helmet";
import { addAgents } from "./agents.js";
import { readBlocks } from "./blocks.js";
import { showError, showNotFound } from "./error-pages.js";
import { blocksPage, userPage, visitorPage } from "./pages.js";
import { ICON, STYLE } from "./style.js";

export interface AppOptions {
  signIn: Omit<SignInWithAutoGPTOptions, "scopes">;
  sessionSecret: string;
  sameSite?: "lax" | "strict";
  /** Shown to visitors when the platform is the emulator. */
  emulatorUrl?: string;
}

/** Ask for what you need and no more: people read this list before they say yes. */
const SCOPES: readonly Scope[] = ["IDENTITY", "READ_BLOCK", "READ_LIBRARY"];

/** The whole app. To add sign-in to your own, copy what is marked 1 to 4. */
export function createApp({ signIn, sessionSecret, sameSite = "lax", emulatorUrl }: AppOptions): Express {
  // 1. Everything about the sign-in, once. It throws here and now when an option is wrong.
  const autogpt = signInWithAutoGPT({
    ...signIn,
    scopes: SCOPES,
    loginPath: "/auth/login",
    logoutPath: "/auth/logout",
  });

  const app = express();
  // Behind https use helmet(). On http Safari would ask for the stylesheet by https (helmet issue 429).
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.get("/style.css", (_req, res) => void res.type("css").send(STYLE));
  app.get(["/icon.svg", "/favicon.ico"], (_req, res) => void res.type("svg").send(ICON));

  // 2. Sessions, then the router: it answers /auth/* and sets req.autogpt for everything after it.
  // In production give session() a store; without one it keeps sessions in memory and says so.
  const cookie = { sameSite, httpOnly: true, secure: "auto" } as const;
  app.use(
    session({ name: "example.sid", secret: sessionSecret, resave: false, saveUninitialized: false, cookie }),
  );
  app.use(autogpt.router);

  app.use(function keepOutOfCaches(_req, res, next) {
    res.set("Cache-Control", "no-store"); // the pages are about one person; Back after sign-out shows none
    next();
  });

  // 3. Ask whether somebody is signed in ...
  app.get("/", async (req, res) => {
    if (!req.autogpt.signedIn) return void res.send(visitorPage(SCOPES, emulatorUrl));
    const { user, scopes, api } = req.autogpt;
    res.send(userPage(user, scopes, await readBlocks(api, { limit: 3 })));
  });

  // ... or take it for granted: `api` and `user` throw for a visitor, who is sent to sign in and comes back.
  app.get("/blocks", async (req, res) => {
    const { api } = req.autogpt;
    const { cursor } = req.query;
    res.send(blocksPage(await readBlocks(api, { limit: 20, ...(typeof cursor === "string" && { cursor }) })));
  });

  // ... or ask for more when it is needed.
  addAgents(app, autogpt);

  app.use(showNotFound);
  app.use(showError);
  // 4. Last: sends people to sign in where they must be, answers programs with application/problem+json.
  app.use(autogpt.errorHandler());
  return app;
}
