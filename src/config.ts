import { createHash } from "node:crypto";
import { checkSecrets, readCredentials, readNeeded } from "./config-credentials.js";
import { checkPaths, checkRedirectUri } from "./config-paths.js";
import { findUnknownOptions } from "./option-names.js";
import { checkPlatform, type Platform, type PlatformUrls } from "./platform.js";
import { explainNoScope, isScope, type Scope, scopes as scopeTable } from "./scopes.js";
import { showValue } from "./show-value.js";

/** The options of `signInWithAutoGPT()` that are plain values; those with an environment name may be left out. */
export interface ConfigOptions {
  /** The application's client ID, `agpt_client_...`. Environment: `AUTOGPT_CLIENT_ID`. */
  clientId?: string | undefined;
  /** The application's client secret, `agpt_secret_...`. Environment: `AUTOGPT_CLIENT_SECRET`. */
  clientSecret?: string | undefined;
  /**
   * The callback's address, exactly as it was registered; sent byte for byte.
   * Its path is where the router answers. Environment: `AUTOGPT_REDIRECT_URI`.
   */
  redirectUri?: string | undefined;
  /** The scopes asked for at sign-in; `IDENTITY` tells the user's name and e-mail address. */
  scopes: readonly Scope[];
  /**
   * At least 32 characters that seal the grants and the sign-in attempts; an array rotates: the first seals,
   * all unseal. Environment: `AUTOGPT_SECRET`.
   */
  secret?: string | readonly string[] | undefined;
  /** Where the platform is; default `"cloud"`. Environment: `AUTOGPT_WEB_URL` and `AUTOGPT_BACKEND_URL`. */
  platform?: Platform | undefined;
  /** What a proxy strips from the front of every path, such as `"/app"`; put before each path we send people to. */
  basePath?: string | undefined;
  /** Other origins whose pages may sign people out and send what guards let through, such as `"https://www.example.com"`. */
  trustedOrigins?: readonly string[] | undefined;
  /** The path that starts sign-in; default: `login` beside the callback. */
  loginPath?: string | undefined;
  /** The path that signs out; default: `logout` beside the callback. */
  logoutPath?: string | undefined;
  /** Where grants are kept. */
  grants?: unknown;
  /** Called when somebody has signed in. */
  onSignIn?: unknown;
  /** `{ revoke: false }` keeps the grant at sign-out, for background work; default: it is revoked. */
  signOut?: { readonly revoke: boolean } | undefined;
}

/** Checked once, frozen, trusted from then on. */
export interface Config extends PlatformUrls {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  /** The origin of `redirectUri`: the only one that counts as ours. */
  readonly origin: string;
  readonly scopes: readonly Scope[];
  readonly secrets: readonly string[];
  readonly basePath: string;
  readonly trustedOrigins: readonly string[];
  /** The router's paths as this process sees them, that is without `basePath`. */
  readonly paths: Readonly<Record<"login" | "callback" | "logout" | "session", string>>;
  /** A short hash of client ID and backend: two instances in one app never read each other's state. */
  readonly instance: string;
  /** Whether sign-out revokes the grant. */
  readonly revokeAtSignOut: boolean;
}

const STORE_METHODS = [
  "create",
  "read",
  "swap",
  "list",
  "listExpiring",
  "acquireLease",
  "renewLease",
  "releaseLease",
];

const KNOWN = Object.keys({
  clientId: 1,
  clientSecret: 1,
  redirectUri: 1,
  scopes: 1,
  secret: 1,
  platform: 1,
  basePath: 1,
  trustedOrigins: 1,
  loginPath: 1,
  logoutPath: 1,
  grants: 1,
  onSignIn: 1,
  signOut: 1,
} satisfies Record<keyof ConfigOptions, 1>);

/**
 * Options and environment -> configuration.
 *
 * @throws {TypeError} naming every mistake at once, each with its fix.
 */
export function readConfig(options: ConfigOptions, env: NodeJS.ProcessEnv = process.env): Config {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      "signInWithAutoGPT() needs its options: { clientId, clientSecret, redirectUri, scopes, secret }.",
    );
  }
  const { config, mistakes } = checkConfig(options, env);
  if (mistakes.length > 0) {
    throw new TypeError(`signInWithAutoGPT() cannot work with these options:\n- ${mistakes.join("\n- ")}`);
  }
  warnOfV1Scopes(config.scopes);
  return config;
}

/** Every mistake, each with its fix, and what is right as far as it goes: a value that is missing or wrong is empty. */
export function checkConfig(
  options: ConfigOptions,
  env: NodeJS.ProcessEnv,
): { config: Config; mistakes: readonly string[] } {
  const mistakes = [...findUnknownOptions(options, KNOWN), ...wrongCallbacks(options)];
  const { clientId = env.AUTOGPT_CLIENT_ID, clientSecret = env.AUTOGPT_CLIENT_SECRET } = options;
  const credentials = readCredentials({ clientId, clientSecret }, mistakes);
  const redirectUri = readNeeded(
    options.redirectUri ?? env.AUTOGPT_REDIRECT_URI,
    "redirectUri",
    'the registered address, such as "https://app.example.com/auth/callback"',
    mistakes,
  );

  const scopes = checkScopes(options.scopes, mistakes);
  const secrets = checkSecrets(options.secret ?? env.AUTOGPT_SECRET, mistakes);
  const platform = checkPlatform(options.platform, env);
  mistakes.push(...platform.mistakes);
  const trustedOrigins = checkOrigins(options.trustedOrigins ?? [], mistakes);
  const redirect = redirectUri === "" ? undefined : checkRedirectUri(redirectUri, mistakes);
  const { basePath, paths } = checkPaths(redirect?.pathname, options, mistakes);

  const config = Object.freeze({
    ...platform.urls,
    ...credentials,
    redirectUri,
    origin: redirect?.origin ?? "",
    scopes: Object.freeze(scopes),
    secrets: Object.freeze(secrets),
    basePath,
    trustedOrigins: Object.freeze(trustedOrigins),
    paths: Object.freeze(paths),
    revokeAtSignOut: options.signOut?.revoke ?? true,
    instance: createHash("sha256")
      .update(JSON.stringify([credentials.clientId, platform.urls.backendUrl]))
      .digest("hex")
      .slice(0, 8),
  });
  return { config, mistakes };
}

function wrongCallbacks({ grants, onSignIn, signOut }: ConfigOptions): string[] {
  const mistakes: string[] = [];
  if (
    grants !== undefined &&
    (typeof grants !== "object" || grants === null || !STORE_METHODS.every((name) => name in grants))
  ) {
    mistakes.push("grants must be a grant store, such as memoryGrants().");
  }
  if (onSignIn !== undefined && typeof onSignIn !== "function") {
    mistakes.push("onSignIn must be a function, such as async ({ user, req }) => { ... }.");
  }
  if (signOut !== undefined && typeof signOut?.revoke !== "boolean") {
    mistakes.push("signOut must be { revoke: false } or { revoke: true }.");
  }
  return mistakes;
}

function checkScopes(value: unknown, mistakes: string[]): Scope[] {
  if (!Array.isArray(value)) {
    mistakes.push('scopes must be an array, such as ["IDENTITY", "READ_LIBRARY"].');
    return [];
  }
  if (value.length === 0) {
    mistakes.push(
      'scopes is empty: the platform wants at least one; ["IDENTITY"] is enough to sign people in.',
    );
  }
  for (const name of value.filter((name) => !isScope(name))) {
    mistakes.push(explainNoScope(name, " The README lists all of them."));
  }
  return [...new Set(value.filter(isScope))];
}

function checkOrigins(value: unknown, mistakes: string[]): string[] {
  const origins: unknown[] = Array.isArray(value) ? value : [value];
  return origins.filter((origin): origin is string => {
    const url = typeof origin === "string" && URL.canParse(origin) ? new URL(origin) : undefined;
    if (url && url.origin === origin) return true;
    const isWeb = url !== undefined && /^https?:$/.test(url.protocol);
    mistakes.push(
      `trustedOrigins takes origins such as "https://www.example.com", without a path, ${isWeb ? `so write "${url.origin}"` : `not ${showValue(origin)}`}.`,
    );
    return false;
  });
}

const warned = new Set<Scope>();

/** Told once per scope and process where it is asked for, with the last day and what to ask for instead. */
export function warnOfV1Scopes(scopes: readonly Scope[]): void {
  for (const scope of scopes) {
    const info = scopeTable[scope];
    if (info.status !== "v1-only" || warned.has(scope)) continue;
    warned.add(scope);
    process.emitWarning(
      `${scope} works with External API v1 only, which ends on the cloud on ${info.endsOn}. Instead: ${info.instead}.`,
      { type: "DeprecationWarning", code: "AUTOGPT_V1_SCOPE" },
    );
  }
}
