// A router mounted under a prefix: its paths are those of the redirect URI, as the browser sees them.
import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import { type Emulator, startEmulator } from "express-autogpt/emulator";
import session from "express-session";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRET } from "./harness/app.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

function createApp(redirectUri: string) {
  const autogpt = signInWithAutoGPT({
    clientId: emulator.application.client_id,
    clientSecret: emulator.application.client_secret,
    redirectUri,
    scopes: ["IDENTITY"],
    secret: SECRET,
    platform: emulator,
  });
  const app = express().set("env", "test");
  app.use(session({ secret: "keyboard cat", resave: false, saveUninitialized: false }));
  app.use("/app", autogpt.router);
  app.get("/app/me", autogpt.requireSignIn(), (_req, res) => void res.json(res.locals.autogpt.user.name));
  app.use(autogpt.errorHandler());
  return app;
}

test("a redirect URI with the prefix signs in below it", async () => {
  const app = createApp("http://localhost:3000/app/auth/callback");
  const agent = await emulator.signIn(app, { loginPath: "/app/auth/login" });
  expect(await (await agent.fetch("/app/me")).json()).toBe("Ada Lovelace");
  expect(await (await agent.fetch("/app/auth/session")).json()).toMatchObject({
    signIn: "/app/auth/login",
    signOut: "/app/auth/logout",
  });
  expect((await agent.fetch("/app/auth/logout", { method: "POST" })).status).toBe(303);
  const navigates = { accept: "text/html", "sec-fetch-mode": "navigate" };
  const visitor = await agent.fetch("/app/me", { headers: navigates });
  expect(visitor.headers.get("location")).toBe("/app/auth/login?returnTo=%2Fapp%2Fme");
});

test("a redirect URI without the prefix names routes that the router never sees", async () => {
  const app = createApp("http://localhost:3000/auth/callback");
  for (const loginPath of ["/auth/login", "/app/auth/login"]) {
    await expect(emulator.signIn(app, { loginPath })).rejects.toThrow(/was answered 404/);
  }
});
