import { request } from "node:http";
import type { Duplex } from "node:stream";
import express from "express";
import { signInWithAutoGPT } from "express-autogpt";
import session from "express-session";
import { expect, it } from "vitest";
import { SECRET } from "../harness/app.js";
import { program, useEmulator } from "./setup.js";

const world = useEmulator();

/** Asks for an upgrade, and gives the first line and the body of the answer. */
function upgrade(url: string, cookie: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { connection: "Upgrade", upgrade: "websocket", cookie };
    const sent = request(url, { headers, agent: false });
    sent.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve(String(answer.headers["x-user"]));
    });
    sent.on("error", reject);
    sent.end();
  });
}

it("the upgrade of a WebSocket knows who is signed in, and no route of ours answers it", async () => {
  const { client_id: clientId, client_secret: clientSecret } = world.emulator.application;
  const sessions = session({ secret: "keyboard cat", resave: false, saveUninitialized: false });
  const server = express().listen(0);
  const address = server.address();
  const url = `http://localhost:${typeof address === "object" ? address?.port : ""}`;
  const redirectUri = `${url}/auth/callback`;
  world.emulator.updateApplication(clientId, { redirect_uris: [redirectUri] });
  const autogpt = signInWithAutoGPT({
    ...{
      clientId,
      clientSecret,
      redirectUri,
      secret: SECRET,
      scopes: ["IDENTITY"],
      platform: world.emulator,
    },
  });
  server.removeAllListeners("request");
  server.on("request", express().use(sessions, autogpt.router, autogpt.errorHandler()));
  server.on("upgrade", (req, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    // biome-ignore lint/suspicious/noExplicitAny: what the README tells people to write
    const [raw, none]: [any, any] = [req, {}];
    sessions(raw, none, () => {
      autogpt.router(raw, none, (error?: unknown) => {
        const who = error ? String(error) : raw.autogpt.signedIn ? raw.autogpt.user.email : "nobody";
        socket.end(
          `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-User: ${who}\r\n\r\n`,
        );
      });
    });
  });
  const agent = await world.emulator.signIn(server);
  for (const path of ["/", "/auth/session", "/auth/login"]) {
    expect(await upgrade(url + path, agent.cookie)).toBe(world.emulator.users[0]?.email);
    expect(await upgrade(url + path, "")).toBe("nobody");
  }
  expect((await agent.fetch("/auth/session", program)).status).toBe(200);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
