import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import {
  memoryGrants,
  type SignInWithAutoGPT,
  type SignInWithAutoGPTOptions,
  signInWithAutoGPT,
} from "express-autogpt";
import type { Emulator } from "express-autogpt/emulator";
import session, { type SessionOptions } from "express-session";
import { noteAppSecret, showError, watchGrants, watchSessions } from "../canary/watch.js";

export const SECRET = "a-secret-of-more-than-thirty-two-characters";

/** An app of ours that listens on localhost, registered at the emulator with its redirect URI. */
export interface TestApp {
  url: string;
  autogpt: SignInWithAutoGPT;
  store: session.MemoryStore;
  /** Errors that reached the app's last error handler. */
  errors: unknown[];
  stop(): Promise<void>;
}

export interface TestAppSettings {
  options?: Partial<SignInWithAutoGPTOptions>;
  session?: Partial<SessionOptions>;
  callbackPath?: string;
  /** Another Express, for example version 4. */
  create?: () => Express;
  /** Middleware before the session. */
  before?: RequestHandler[];
  /** The app's own routes, behind the router. */
  routes?: (app: Express, autogpt: SignInWithAutoGPT) => void;
  /** Leaves out `autogpt.errorHandler()`. */
  withoutErrorHandler?: boolean;
}

/** Starts an app; its redirect URI is added to those of the emulator's application. */
export async function startApp(emulator: Emulator, settings: TestAppSettings = {}): Promise<TestApp> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${url}${settings.callbackPath ?? "/auth/callback"}`;
  const { client_id, client_secret } = emulator.application;
  registered.add(redirectUri);
  emulator.updateApplication(client_id, { redirect_uris: [...registered] });

  const options = {
    clientId: client_id,
    clientSecret: client_secret,
    redirectUri,
    scopes: ["IDENTITY", "READ_BLOCK"],
    secret: SECRET,
    platform: { webUrl: emulator.webUrl, backendUrl: emulator.backendUrl },
    ...settings.options,
  } satisfies SignInWithAutoGPTOptions;
  noteAppSecret(options.secret);
  const autogpt = signInWithAutoGPT({ ...options, grants: watchGrants(options.grants ?? memoryGrants()) });
  const store = new session.MemoryStore();
  watchSessions(settings.session?.store ?? store);
  const errors: unknown[] = [];
  const app = (settings.create ?? express)();
  app.set("env", "test");
  for (const middleware of settings.before ?? []) app.use(middleware);
  app.use(
    session({ secret: "keyboard cat", resave: false, saveUninitialized: false, store, ...settings.session }),
  );
  app.use(autogpt.router);
  settings.routes?.(app, autogpt);
  app.get("/whoami", (req, res) => {
    const { signedIn, scopes } = req.autogpt;
    res.json({ signedIn, scopes, user: signedIn ? req.autogpt.user : null });
  });
  app.get("/private", (req, res) => void res.json(req.autogpt.user));
  const remember: ErrorRequestHandler = (error, _req, _res, next) => {
    errors.push(error);
    showError(error);
    next(error);
  };
  app.use(remember);
  if (!settings.withoutErrorHandler) app.use(autogpt.errorHandler());
  server.on("request", app);
  return {
    url,
    autogpt,
    store,
    errors,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const registered = new Set<string>();
