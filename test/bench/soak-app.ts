/** One process of an app in the soak, which tells what it holds. Forked by soak-process.ts. */
import type { EventEmitter } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { RedisStore } from "connect-redis";
import express from "express";
import { type SignInWithAutoGPTOptions, signInWithAutoGPT } from "express-autogpt";
import { redisGrants } from "express-autogpt/redis";
import session from "express-session";
import { createClient } from "redis";

/** What a process is told when it begins. */
export interface SoakSettings {
  readonly options: Omit<SignInWithAutoGPTOptions, "grants" | "onSignIn">;
  /** What the keys of its sessions in Redis begin with; without it everything is in memory. */
  readonly sessionPrefix: string | undefined;
}

/** What a process holds when nothing is under way and garbage was collected. */
export interface Holding {
  readonly heapUsed: number;
  readonly external: number;
  /** What keeps the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Listeners, by emitter and event. */
  readonly listeners: Readonly<Record<string, number>>;
  /** So far: requests served, events told, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** So far: unhandled rejections, uncaught exceptions, warnings, errors that reached the app's last handler. */
  readonly troubles: readonly string[];
}

/** What a process tells. */
export type SoakMessage =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "holding"; readonly holding: Holding }
  | { readonly type: "closed"; readonly done: boolean };

const tell = (message: SoakMessage) => void process.send?.(message);
const troubles: string[] = [];
for (const name of ["unhandledRejection", "uncaughtException", "warning"] as const) {
  process.on(name, (reason: unknown) => troubles.push(`${name}: ${stackOf(reason)}`));
}

const { options, sessionPrefix }: SoakSettings = JSON.parse(process.env.SOAK_SETTINGS ?? "");
const redis = sessionPrefix === undefined ? undefined : createClient();
redis?.on("error", (error: unknown) => troubles.push(`redis: ${stackOf(error)}`));
await redis?.connect();

const counts: Record<string, number> = {};
const count = (name: string) => {
  counts[name] = (counts[name] ?? 0) + 1;
};
const autogpt = signInWithAutoGPT({ ...options, ...(redis && { grants: redisGrants(redis) }) });
for (const name of ["signIn", "signOut", "refresh", "grantLost", "fault"] as const) {
  autogpt.events.on(name, () => count(name));
}

const app = express().set("env", "test");
app.use((_req, _res, next) => {
  count("requests");
  next();
});
const store = redis && new RedisStore({ client: redis, prefix: sessionPrefix ?? "" });
app.use(
  session({ secret: "keyboard cat", resave: false, saveUninitialized: false, ...(store && { store }) }),
);
app.use(autogpt.router);
app.get("/whoami", (req, res) => {
  res.json({ user: req.autogpt.signedIn ? req.autogpt.user.id : null });
});
app.get("/me", async (req, res) => {
  const { data, response } = await req.autogpt.api.GET("/v1/me");
  res.status(response.status).json({ user: req.autogpt.user.id, me: data?.id });
});
app.get("/background/:userId", async (req, res) => {
  const { api, user } = await autogpt.grantFor(req.params.userId, "IDENTITY");
  const { data, response } = await api.GET("/v1/me");
  res.status(response.status).json({ user: user.id, me: data?.id });
});
app.get("/runs", autogpt.requireScopes("READ_RUN"), (req, res) => {
  res.json({ user: req.autogpt.user.id });
});
app.use(autogpt.errorHandler());

const server = createServer(app).listen(0, "127.0.0.1", () => {
  tell({ type: "listening", port: (server.address() as AddressInfo).port });
});

process.on("message", async () => tell({ type: "holding", holding: await look() }));

/** The order for production. */
process.once("SIGTERM", async () => {
  server.close();
  server.closeIdleConnections();
  const told: SoakMessage = { type: "closed", done: await autogpt.close() };
  await new Promise((resolve) => process.send?.(told, resolve));
  await redis?.close();
  process.exit(0);
});

/** How often garbage is collected: what one collection frees may free more (weak references, finalizers). */
const COLLECTIONS = 6;

/** Unused connections to the platform end after four seconds, later on a busy machine. */
const LOOKS_FOR_SOCKETS = 60;
const LOOKS_EVERY = 500;

async function look(): Promise<Holding> {
  const own = redis ? 1 : 0;
  for (let n = 0; n < LOOKS_FOR_SOCKETS && (handles().TCPSocketWrap ?? 0) > own; n += 1)
    await wait(LOOKS_EVERY);
  for (let n = 0; n < COLLECTIONS; n += 1) {
    globalThis.gc?.();
    await wait(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  const listeners: Record<string, number> = {};
  const emitters: Record<string, EventEmitter | undefined> = { process, redis, events: autogpt.events };
  for (const [name, emitter] of Object.entries(emitters)) {
    for (const event of emitter?.eventNames() ?? []) {
      listeners[`${name} ${String(event)}`] = emitter?.listenerCount(event) ?? 0;
    }
  }
  return { heapUsed, external, resources: handles(), listeners, counts, troubles };
}

function handles(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) found[name] = (found[name] ?? 0) + 1;
  return found;
}

function stackOf(reason: unknown): string {
  return reason instanceof Error ? String(reason.stack) : String(reason);
}
