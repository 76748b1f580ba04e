import type { Scope } from "../scopes.js";

/** An OAuth application as registered at the platform. */
export interface EmulatorApplication {
  readonly client_id: string;
  /** Must start with `agpt_`: the platform never verifies another one. */
  readonly client_secret: string;
  readonly name: string;
  readonly description?: string | null;
  readonly logo_url?: string | null;
  /** Compared as whole strings, character by character. */
  readonly redirect_uris: readonly string[];
  /** The allow-list: what the application may ask for. */
  readonly scopes: readonly Scope[];
  /** Default `true`. */
  readonly is_active?: boolean;
}

/** A person with an account at the platform. */
export interface EmulatorUser {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  /** An IANA name, or `not-set`. */
  readonly timezone: string;
}

/** An API key of one user. */
export interface EmulatorApiKey {
  readonly key: string;
  readonly user_id: string;
  readonly scopes: readonly Scope[];
}

/** What stands in the `--config` file; whatever is left out is filled in. */
export interface EmulatorConfig {
  /** What an application leaves out is that of `exampleApplication`; only the first may leave out `client_id`. */
  readonly applications?: readonly Partial<EmulatorApplication>[];
  readonly users?: readonly EmulatorUser[];
  readonly api_keys?: readonly EmulatorApiKey[];
}

export type Application = Required<EmulatorApplication>;

/** What the emulator starts with, and returns to at a reset. */
export interface Seed {
  readonly applications: readonly Application[];
  readonly users: readonly EmulatorUser[];
  readonly api_keys: readonly EmulatorApiKey[];
}
