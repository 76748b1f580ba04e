import { type Clock, createClock } from "./clock.js";
import type { SignedDownload } from "./external-api/storage.js";
import type { Workspace } from "./external-api/workspace.js";
import { createFaults, type Faults } from "./faults.js";
import { createRateLimits, type RateLimits } from "./rate-limits.js";
import { createRequestLog, type RequestLog } from "./request-log.js";
import type { Application, EmulatorApiKey, EmulatorUser, Seed } from "./seed.js";

export interface AuthorizationCode {
  readonly client_id: string;
  readonly user_id: string;
  readonly scopes: readonly string[];
  readonly redirect_uri: string;
  readonly code_challenge: string;
  readonly code_challenge_method: "S256" | "plain";
  expires_at: number;
  used_at?: number;
}

export interface Token {
  readonly client_id: string;
  readonly user_id: string;
  readonly scopes: readonly string[];
  expires_at: number;
  revoked_at?: number;
}

export interface WebSession {
  readonly user_id: string;
  expires_at: number;
}

export interface Settings {
  /** How many of the concurrent refreshes with one refresh token get new tokens. */
  refresh_winners: "one" | "all";
  /** Tokens expire on whole seconds, so that datetimes are printed without a fraction. */
  whole_seconds: boolean;
  /** Downloads of files answer 302 to a signed address on another origin. */
  download_redirects: boolean;
  /** How long the start of a run takes, in real time. */
  run_start_ms: number;
}

/** Everything the emulated platform knows. Instants are milliseconds since the epoch. */
export interface Platform {
  readonly clock: Clock;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly rateLimits: RateLimits;
  readonly settings: Settings;
  readonly applications: Map<string, Application>;
  readonly users: Map<string, EmulatorUser>;
  readonly apiKeys: Map<string, EmulatorApiKey>;
  readonly codes: Map<string, AuthorizationCode>;
  readonly accessTokens: Map<string, Token>;
  readonly refreshTokens: Map<string, Token>;
  readonly webSessions: Map<string, WebSession>;
  /** By user id; made when the user first calls the External API. */
  readonly workspaces: Map<string, Workspace>;
  /** By signature. */
  readonly downloads: Map<string, SignedDownload>;
  reset(): void;
}

export function createPlatform(seed: Seed, settings: Settings): Platform {
  const clock = createClock();
  const platform: Platform = {
    clock,
    log: createRequestLog(clock),
    faults: createFaults(),
    rateLimits: createRateLimits(clock),
    settings: { ...settings },
    applications: new Map(),
    users: new Map(),
    apiKeys: new Map(),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    webSessions: new Map(),
    workspaces: new Map(),
    downloads: new Map(),
    reset() {
      clock.reset();
      platform.log.clear();
      platform.faults.clear();
      platform.rateLimits.clear();
      Object.assign(platform.settings, settings);
      for (const issued of [
        platform.codes,
        platform.accessTokens,
        platform.refreshTokens,
        platform.webSessions,
        platform.workspaces,
        platform.downloads,
      ]) {
        issued.clear();
      }
      refill(platform.applications, seed.applications, ({ client_id }) => client_id);
      refill(platform.users, seed.users, ({ id }) => id);
      refill(platform.apiKeys, seed.api_keys, ({ key }) => key);
    },
  };
  platform.reset();
  return platform;
}

function refill<T>(map: Map<string, T>, items: readonly T[], keyOf: (item: T) => string): void {
  map.clear();
  for (const item of items) map.set(keyOf(item), item);
}
