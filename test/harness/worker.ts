/** One process of an app in production: Express, sessions, a shared grant store. Forked by workers.ts. */
import { subscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { type AutoGPTEvents, type SignInWithAutoGPTOptions, signInWithAutoGPT } from "express-autogpt";
import session from "express-session";
import { openStore, type StoreSettings } from "./shared-store.js";

/** What a worker is told when it begins. */
export interface WorkerSettings {
  /** Stands in a header of each request to the platform, so that a test knows who asked. */
  readonly name: string;
  readonly options: Omit<SignInWithAutoGPTOptions, "grants" | "onSignIn">;
  readonly store: StoreSettings;
  readonly sessions: Readonly<Record<string, session.SessionData>>;
  /** How long it waits for refreshes when it is told to end. */
  readonly closeWithinMs: number;
}

/** What a worker tells. */
export type WorkerMessage =
  | { readonly type: "listening"; readonly url: string }
  | {
      readonly type: "event";
      readonly name: keyof AutoGPTEvents;
      readonly event: { readonly userId?: string };
    }
  | { readonly type: "sessions" }
  | { readonly type: "crash"; readonly reason: string }
  | { readonly type: "closed"; readonly done: boolean };

const tell = (message: WorkerMessage) => void process.send?.(message);
for (const name of ["unhandledRejection", "uncaughtException"] as const) {
  process.on(name, (reason: unknown) =>
    tell({ type: "crash", reason: reason instanceof Error ? String(reason.stack) : String(reason) }),
  );
}

const settings: WorkerSettings = JSON.parse(process.env.WORKER_SETTINGS ?? "");
subscribe("undici:request:create", (message) => {
  // Safe: undici documents this message and its addHeader.
  const { request } = message as { request: { addHeader(name: string, value: string): void } };
  request.addHeader("x-process", settings.name);
});

const { store, close: closeStore } = await openStore(settings.store);
const autogpt = signInWithAutoGPT({ ...settings.options, grants: store });
for (const name of ["signIn", "signOut", "refresh", "grantLost", "fault"] as const) {
  autogpt.events.on(name, (event: { userId?: string }) => tell({ type: "event", name, event }));
}

const sessions = new session.MemoryStore();
function addSessions(added: WorkerSettings["sessions"]): void {
  for (const [id, data] of Object.entries(added)) sessions.set(id, data);
}
addSessions(settings.sessions);
process.on("message", (added: WorkerSettings["sessions"]) => {
  addSessions(added);
  tell({ type: "sessions" });
});

const app = express().set("env", "test");
app.use(session({ secret: "keyboard cat", resave: false, saveUninitialized: false, store: sessions }));
app.use(autogpt.router);
app.get("/signed-in", (req, res) => void res.json({ signedIn: req.autogpt.signedIn }));
app.get("/me", async (req, res) => {
  const { data, response } = await req.autogpt.api.GET("/v1/me");
  res.status(response.status).json({ user: req.autogpt.user.id, me: data?.id });
});
app.get("/background/:userId", async (req, res) => {
  const { api, user } = await autogpt.grantFor(req.params.userId, "IDENTITY");
  const { data, response } = await api.GET("/v1/me");
  res.status(response.status).json({ user: user.id, me: data?.id });
});
app.use(autogpt.errorHandler());

const server = createServer(app).listen(0, "127.0.0.1", () => {
  tell({ type: "listening", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

/** The order for production: no new requests, then what must not be cut off, then the stores. */
process.once("SIGTERM", async () => {
  server.close();
  server.closeIdleConnections();
  const done = await autogpt.close({ timeoutMs: settings.closeWithinMs });
  server.closeAllConnections();
  const told: WorkerMessage = { type: "closed", done };
  await new Promise((resolve) => process.send?.(told, resolve));
  await closeStore().catch(() => {});
  process.exit(0);
});
