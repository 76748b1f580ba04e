import { checkOptionNames } from "../option-names.js";
import type { Scope } from "../scopes.js";
import type { Agent, AppUnderTest } from "./agent.js";
import {
  type ApplicationPatch,
  advanceClock,
  createSession,
  expire,
  narrowCode,
  setRunStatus,
  updateApplication,
} from "./controls.js";
import type { RunStatus } from "./external-api/run-steps.js";
import type { EmulatorFault } from "./faults.js";
import { hostsFor } from "./hosts.js";
import { checkOptions, type EmulatorOptions } from "./options.js";
import { createParts } from "./parts.js";
import { createPlatform, type Platform } from "./platform.js";
import type { EmulatorRequest } from "./request-log.js";
import type { EmulatorApplication, EmulatorUser, Seed } from "./seed.js";
import { close, createEmulatorServer, listen } from "./server.js";
import { type SignInOptions, signIn } from "./sign-in.js";
import { walkConsent } from "./walk-consent.js";

/** How a person answers the consent page. */
export interface ConsentOptions {
  /** Default: the first user. */
  readonly userId?: string;
  /** Default: `"authorize"`. */
  readonly decision?: "authorize" | "deny";
  /** The platform grants only these of the asked scopes; for apps that must live with less. */
  readonly granted?: readonly Scope[];
}

const CONSENT_OPTIONS = Object.keys({
  userId: 1,
  decision: 1,
  granted: 1,
} satisfies Record<keyof ConsentOptions, 1>);

/** A running emulator, as `startEmulator()` gives it: pass it to `signInWithAutoGPT()` as `platform`. */
export interface Emulator {
  /** `http://127.0.0.1:PORT` unless `host` was given, the same as webUrl. */
  readonly url: string;
  /** Where the pages are: consent, sign-in and setup wizard. */
  readonly webUrl: string;
  /** Where `/api` and `/external-api` are; the same as url unless `backendPort` was given. */
  readonly backendUrl: string;
  /** The first application as it was configured. */
  readonly application: EmulatorApplication;
  /** Everybody with an account, as configured. */
  readonly users: readonly EmulatorUser[];
  /** Stops listening and ends open connections. */
  stop(): Promise<void>;
  /** Puts everything back to the start: clock, faults, log, tokens, sessions, applications, settings. */
  reset(): void;
  /** What the emulator takes for the time; it starts with the machine's. */
  now(): Date;
  /** Moves the clock by seconds, backwards when they are negative; codes, tokens and runs go by it. */
  advanceClock(seconds: number): void;
  /** A web session: `Authorization: Bearer` of the consent page's calls, or the cookie `agpt_web_session`. */
  createSession(userId: string): string;
  /** Makes a code, a token or a web session expire one second ago; throws when it was never issued. */
  expire(value: string): void;
  /** Changes a registration until `reset()`; throws for an application that there is not. */
  updateApplication(clientId: string, patch: ApplicationPatch): void;
  /** Puts a run of the External API into a status, where it stays; throws when there is no such run. */
  setRunStatus(runId: string, status: RunStatus): void;
  /** Makes the next requests to a path fail; throws a TypeError that names every mistake in the fault. */
  addFault(fault: EmulatorFault): void;
  /** Everything asked so far, the oldest first, without secrets. */
  requests(): EmulatorRequest[];
  /** Empties the list that `requests()` gives. */
  clearRequests(): void;
  /**
   * Goes through the consent page as a person does and gives the callback URL it leads to; throws with the
   * card's text when it leads nowhere.
   */
  consent(authorizationUrl: string, options?: ConsentOptions): Promise<string>;
  /**
   * Signs a user in to your app through its real routes, for tests: an Express app, a server, or an address.
   * The app's redirect URI is registered if need be. Rejects with what to mend when it does not end signed in.
   */
  signIn(app: AppUnderTest, options?: SignInOptions): Promise<Agent>;
}

const SINGLE_CONTAINER_PREFIX = "/_agpt";

/**
 * Starts an AutoGPT Platform for development and tests, in this process and in memory.
 *
 * Rejects with a TypeError for wrong options, and with `EADDRINUSE` when a port is taken.
 *
 * @example
 * ```ts
 * import { startEmulator } from "express-autogpt/emulator";
 *
 * const emulator = await startEmulator();
 * console.log(emulator.url, emulator.application.client_id);
 * await emulator.stop();
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host, port, backendPort, seed, settings } = checkOptions(options);
  const hosts = hostsFor(host);
  const platform = createPlatform(seed, settings);
  let origins = { web: "", backend: "" };
  const parts = createParts(platform, () => origins);
  const isSplit = backendPort !== undefined;

  const webServer = isSplit
    ? createEmulatorServer(platform, parts.web, { hosts })
    : createEmulatorServer(platform, parts.one, { hosts, prefix: SINGLE_CONTAINER_PREFIX });
  const servers = [webServer];
  const web = await listen(webServer, port, host);
  origins = { web, backend: web };
  if (isSplit) {
    const backendServer = createEmulatorServer(platform, parts.backend, { hosts });
    servers.push(backendServer);
    origins.backend = await listen(backendServer, backendPort, host).catch(async (error: unknown) => {
      await close(webServer);
      throw error;
    });
  }
  const stop = async () => {
    await Promise.all(servers.map(close));
  };
  return toEmulator(platform, seed, origins, stop);
}

function toEmulator(
  platform: Platform,
  seed: Seed,
  { web, backend }: { web: string; backend: string },
  stop: () => Promise<void>,
): Emulator {
  const [application] = seed.applications;
  const [firstUser] = seed.users;
  if (!application || !firstUser) throw new TypeError("The emulator needs an application and a user");
  const consent: Emulator["consent"] = async (authorizationUrl, options = {}) => {
    checkOptionNames("emulator.consent()", options, CONSENT_OPTIONS);
    const { userId = firstUser.id, decision = "authorize", granted } = options;
    const session = createSession(platform, userId);
    const callback = await walkConsent({ webUrl: web, authorizationUrl, session, decision });
    if (granted) narrowCode(platform, callback, granted);
    return callback;
  };
  return {
    url: web,
    webUrl: web,
    backendUrl: backend,
    application,
    users: seed.users,
    stop,
    reset: () => platform.reset(),
    now: () => new Date(platform.clock.now()),
    advanceClock: (seconds) => advanceClock(platform, seconds),
    createSession: (userId) => createSession(platform, userId),
    expire: (value) => expire(platform, value),
    updateApplication: (clientId, patch) => updateApplication(platform, clientId, patch),
    setRunStatus: (runId, status) => setRunStatus(platform, runId, status),
    addFault: (fault) => platform.faults.add(fault),
    requests: () => platform.log.list(),
    clearRequests: () => platform.log.clear(),
    consent,
    signIn: (app, options = {}) =>
      signIn(app, options, { platform, webUrl: web, consent: (url, userId) => consent(url, { userId }) }),
  };
}
