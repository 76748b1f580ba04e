import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Emulator, exampleApplication } from "express-autogpt/emulator";
import { onTestFinished } from "vitest";
import { Start } from "./run-start.js";

/** A recipe that listens, registered at the emulator with its redirect URI. */
export interface RunningRecipe {
  /** What people open. */
  readonly url: string;
  readonly program: Start;
}

/** Runs `examples/recipes/FILE` as the README says, against this emulator; what is given here decides. */
export function runRecipe(file: string, emulator: Emulator, env: Record<string, string> = {}): Start {
  const { client_id, client_secret } = emulator.application;
  const given = {
    AUTOGPT_WEB_URL: emulator.webUrl,
    AUTOGPT_BACKEND_URL: emulator.backendUrl,
    AUTOGPT_CLIENT_ID: client_id,
    AUTOGPT_CLIENT_SECRET: client_secret,
    NODE_NO_WARNINGS: "1",
    ...env,
  };
  const folder = "examples/recipes";
  const program = new Start(given, [`--env-file=${folder}/emulator.env`, `${folder}/${file}`]);
  onTestFinished(async () => void (await program.stop("SIGKILL")));
  return program;
}

/** Starts a recipe that is an app; resolves when it listens. `publicUrl` is that of a proxy in front of it. */
export async function startRecipe(
  file: string,
  emulator: Emulator,
  { publicUrl, env = {} }: { publicUrl?: string; env?: Record<string, string> } = {},
): Promise<RunningRecipe> {
  const port = await freePort();
  const url = publicUrl ?? `http://localhost:${port}`;
  const AUTOGPT_REDIRECT_URI = `${url}/auth/callback`;
  register(emulator, AUTOGPT_REDIRECT_URI);
  const program = runRecipe(file, emulator, { PORT: String(port), AUTOGPT_REDIRECT_URI, ...env });
  await program.until(() => (program.output.includes("http://") ? true : undefined));
  return { url, program };
}

function register(emulator: Emulator, redirectUri: string): void {
  registered.add(redirectUri);
  emulator.updateApplication(emulator.application.client_id, { redirect_uris: [...registered] });
}

const registered = new Set<string>();

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An application of one test's own, so that it finds no grants of another one in a store that all share. */
export const newApplication = () => ({
  ...exampleApplication,
  client_id: `agpt_client_recipe_${randomUUID()}`,
});
