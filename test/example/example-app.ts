import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Emulator } from "express-autogpt/emulator";
import { type AppOptions, createApp } from "../../examples/web-app/app.js";

export interface Listening {
  url: string;
  stop(): Promise<void>;
}

/** Starts the example app on localhost, registered at the emulator. */
export async function startExample(
  emulator: Emulator,
  options: Partial<AppOptions> = {},
): Promise<Listening> {
  const { client_id: clientId, client_secret: clientSecret } = emulator.application;
  const server = createServer();
  const listening = await listen(server, "localhost");
  const redirectUri = `${listening.url}/auth/callback`;
  registered.add(redirectUri);
  emulator.updateApplication(clientId, { redirect_uris: [...registered] });
  const secret = "a secret of more than thirty-two characters";
  const signIn = { clientId, clientSecret, redirectUri, secret, platform: emulator };
  server.on("request", createApp({ signIn, sessionSecret: "keyboard cat", ...options }));
  return listening;
}

const registered = new Set<string>();

/** A page of somebody else's, on a host and port of its own. */
export async function startPage(host: string, markup: string): Promise<Listening> {
  const answer: RequestListener = (_req, res) => void res.setHeader("Content-Type", "text/html").end(markup);
  return listen(createServer(answer), host);
}

async function listen(server: Server, host: string): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    // Safe: a server that listens on TCP has an address with a port.
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
