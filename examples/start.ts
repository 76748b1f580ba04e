// `npm start`: the example app, and the AutoGPT emulator beside it. With AUTOGPT_CLIENT_ID and
// AUTOGPT_CLIENT_SECRET set, the real platform takes the emulator's place.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "express-autogpt/emulator";
import { Failure, readSettings, type Settings } from "./settings.js";
import { createApp } from "./web-app/app.js";

const server = createServer();

try {
  await start(readSettings(process.env));
} catch (error) {
  // A wrong option is a TypeError that says what to write instead; its stack says nothing more.
  const isExplained = error instanceof Failure || error instanceof TypeError;
  console.error(isExplained ? error.message : error);
  process.exit(1);
}

async function start({ port, emulatorPort, sessionSecret, secret, real }: Settings): Promise<void> {
  const emulator = real
    ? undefined
    : await startEmulator({ port: emulatorPort }).catch(explain("EMULATOR_PORT", emulatorPort));
  const url = await listen(port).catch(explain("PORT", port));
  const redirectUri = real?.redirectUri ?? `${url}/auth/callback`;

  if (emulator) {
    const { client_id: clientId, client_secret: clientSecret } = emulator.application;
    emulator.updateApplication(clientId, { redirect_uris: [redirectUri] });
    const signIn = { clientId, clientSecret, redirectUri, secret, platform: emulator };
    server.on("request", createApp({ signIn, sessionSecret, emulatorUrl: emulator.url }));
  } else {
    // The rest is read from the environment.
    server.on("request", createApp({ signIn: { redirectUri, secret }, sessionSecret }));
  }

  console.log(`Example app: ${url}`);
  if (emulator) console.log(`AutoGPT emulator: ${emulator.url}`);
  else console.log(`AutoGPT Platform: ${real?.name}\nRedirect URI: ${redirectUri}`);

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
      void emulator?.stop();
    });
  }
}

async function listen(port: number): Promise<string> {
  server.listen(port);
  await once(server, "listening");
  // Safe: a server that listens on TCP has an address with a port.
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

function explain(name: string, port: number) {
  return (error: unknown): never => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      throw new Failure(`Port ${port} is in use. Set ${name} to another one, or to 0 for any free one.`);
    }
    if (code === "EACCES")
      throw new Failure(`Port ${port} needs more rights. Set ${name} to one above 1023.`);
    throw error;
  };
}
