import { type Config, type ConfigOptions, checkConfig } from "../config.js";
import type { GrantStore } from "../grants/store.js";
import type { Scope } from "../scopes.js";

/** What is looked at. What has no environment variable is unknown without an options file: `undefined`. */
export interface Subject {
  readonly config: Config;
  readonly mistakes: readonly string[];
  readonly redirectUri: string | undefined;
  readonly scopes: readonly Scope[] | undefined;
  readonly grants: "unknown" | GrantStore | undefined;
  readonly isProduction: boolean;
}

/** What stands in for what nobody named, so that the rest can be checked. */
const STAND_IN = { redirectUri: "http://localhost/auth/callback", scopes: ["IDENTITY"] } as const;

/**
 * The options file's options, or without one the environment and the scopes of the command line, checked as
 * `signInWithAutoGPT()` does.
 */
export function readSubject(
  given: { options: ConfigOptions } | { scopes: readonly string[] | undefined },
  env: NodeJS.ProcessEnv,
): Subject {
  const isProduction = env.NODE_ENV === "production";
  if ("options" in given) {
    const { config, mistakes } = checkConfig(given.options, env);
    const { redirectUri, scopes } = config;
    const grants = storeOf(given.options, mistakes);
    return { isProduction, config, mistakes, redirectUri, scopes, grants };
  }
  const named = { redirectUri: env.AUTOGPT_REDIRECT_URI, scopes: given.scopes };
  const options = {
    redirectUri: named.redirectUri ?? STAND_IN.redirectUri,
    scopes: named.scopes ?? STAND_IN.scopes,
  };
  // Safe: checkConfig names each scope that is none.
  const { config, mistakes } = checkConfig(options as ConfigOptions, env);
  return {
    isProduction,
    config,
    mistakes,
    redirectUri: named.redirectUri,
    scopes: named.scopes && config.scopes,
    grants: "unknown",
  };
}

function storeOf({ grants }: ConfigOptions, mistakes: readonly string[]): Subject["grants"] {
  if (mistakes.some((mistake) => mistake.startsWith("grants "))) return "unknown";
  // Safe: checkConfig found all its methods.
  return grants as GrantStore | undefined;
}
