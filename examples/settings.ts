import { randomBytes } from "node:crypto";

/** Something the person at the terminal can mend: shown without a stack. */
export class Failure extends Error {}

export interface Settings {
  port: number;
  emulatorPort: number;
  sessionSecret: string;
  /** Seals grants and sign-in attempts. */
  secret: string;
  /** The real platform, when the credentials of an application are there. */
  real: { name: string; redirectUri: string | undefined } | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** @throws {Failure} naming the first setting that is wrong. */
export function readSettings(env: Env): Settings {
  const port = readPort(env, "PORT", 3000);
  const emulatorPort = readPort(env, "EMULATOR_PORT", 3001);
  const real = readReal(env);
  if (!real && port !== 0 && port === emulatorPort) throw new Failure("PORT and EMULATOR_PORT must differ.");
  return {
    port,
    emulatorPort,
    // Made up at each start when not set: whoever was signed in before must sign in again.
    sessionSecret: env.SESSION_SECRET || newSecret(),
    secret: env.AUTOGPT_SECRET || newSecret(),
    real,
  };
}

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

function readPort(env: Env, name: string, fallback: number): number {
  const text = env[name] || String(fallback);
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Failure(`${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}.`);
}

function readReal(env: Env): Settings["real"] {
  const names = ["AUTOGPT_CLIENT_ID", "AUTOGPT_CLIENT_SECRET"];
  const missing = names.filter((name) => !env[name]);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    throw new Failure(
      `${missing[0]} is missing: set both for the real platform, or neither for the emulator.`,
    );
  }
  return { name: env.AUTOGPT_WEB_URL || "AutoGPT Cloud", redirectUri: env.AUTOGPT_REDIRECT_URI || undefined };
}
