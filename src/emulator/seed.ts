import type { Scope } from "../scopes.js";

/** An OAuth application as registered at the platform. */
export interface EmulatorApplication {
  /** `agpt_client_...` at the platform; the emulator takes any text. */
  readonly client_id: string;
  /** Must start with `agpt_`: the platform never verifies another one. */
  readonly client_secret: string;
  /** Shown on the consent page. */
  readonly name: string;
  /** Shown on the consent page. */
  readonly description?: string | null;
  /** The address of a picture. */
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
  /** A UUID at the platform; the emulator takes any text. */
  readonly id: string;
  /** Nothing says that it was verified. */
  readonly email: string;
  /** `null` where the person gave none. */
  readonly name: string | null;
  /** An IANA name, or `not-set`. */
  readonly timezone: string;
}

/** An API key of one user. */
export interface EmulatorApiKey {
  /** What is sent as `X-API-Key`, such as `agpt_...`. */
  readonly key: string;
  /** One of the users. */
  readonly user_id: string;
  /** What the key may do. */
  readonly scopes: readonly Scope[];
}

/** What stands in the `--config` file; whatever is left out is filled in. */
export interface EmulatorConfig {
  /**
   * Default: one, `exampleApplication`. What an application leaves out is that of `exampleApplication`; only the
   * first may leave out `client_id`.
   */
  readonly applications?: readonly Partial<EmulatorApplication>[];
  /** Default: Ada Lovelace and Grace Hopper. */
  readonly users?: readonly EmulatorUser[];
  /** Default: one with all scopes, of Ada Lovelace; none where `users` are given. */
  readonly api_keys?: readonly EmulatorApiKey[];
}

export type Application = Required<EmulatorApplication>;

/** What the emulator starts with, and returns to at a reset. */
export interface Seed {
  readonly applications: readonly Application[];
  readonly users: readonly EmulatorUser[];
  readonly api_keys: readonly EmulatorApiKey[];
}
