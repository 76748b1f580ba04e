import { isScope, scopes } from "../scopes.js";
import type { EmulatorApiKey, EmulatorApplication, EmulatorUser } from "./seed.js";

const everyScope = Object.freeze(Object.keys(scopes).filter(isScope));

/**
 * The application the emulator knows when it is started without any.
 *
 * The client secret is public and opens nothing but an emulator.
 */
export const exampleApplication: EmulatorApplication = Object.freeze({
  client_id: "agpt_client_ExampleAppOfEmulator00",
  client_secret: "agpt_secret_ExampleSecretOfTheEmulatorNotASecret0000000",
  name: "Example app",
  description: "The application every AutoGPT emulator knows.",
  redirect_uris: Object.freeze(["http://localhost:3000/auth/callback"]),
  scopes: everyScope,
});

const ada: EmulatorUser = Object.freeze({
  id: "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a01",
  email: "ada@example.com",
  name: "Ada Lovelace",
  timezone: "Europe/London",
});

const grace: EmulatorUser = Object.freeze({
  id: "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a02",
  email: "grace@example.com",
  name: "Grace Hopper",
  timezone: "America/New_York",
});

export const exampleUsers: readonly EmulatorUser[] = Object.freeze([ada, grace]);

export const exampleApiKey: EmulatorApiKey = Object.freeze({
  key: "agpt_ExampleApiKeyOfTheEmulatorNotASecret0000000",
  user_id: ada.id,
  scopes: everyScope,
});
