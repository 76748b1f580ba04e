import { isIPv4 } from "node:net";
import { checkSeed, SEED_MEMBERS } from "./check-seed.js";
import { type Members, type Report, readMilliseconds, readObject, throwProblems } from "./check-values.js";
import { DEFAULT_HOST } from "./hosts.js";
import type { Settings } from "./platform.js";
import type { EmulatorConfig, Seed } from "./seed.js";

/** The options of `startEmulator()`. */
export interface EmulatorOptions extends EmulatorConfig {
  /** The IPv4 address to listen on. Default `"127.0.0.1"`; `"0.0.0.0"` lets other containers and machines in. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /**
   * When given, there are two origins as on the cloud: pages on `port`, `/api` and `/external-api` on this
   * one (0: any free one). Otherwise one origin serves all, also with the prefix `/_agpt`.
   */
  readonly backendPort?: number;
  /**
   * How many of the concurrent refreshes with one refresh token get new tokens. Default `"one"`; `"all"` as
   * older servers can do.
   */
  readonly refreshWinners?: "one" | "all";
  /** Tokens expire on whole seconds, so that datetimes have no fraction. Default `false`. */
  readonly wholeSeconds?: boolean;
  /**
   * Downloads of workspace files answer 302 to a signed address on another origin, as with cloud storage.
   * Default `false`: the content comes at once.
   */
  readonly downloadRedirects?: boolean;
  /** Milliseconds that the start of a run takes: a second start with its key meanwhile is a 409. Default 50. */
  readonly runStartMs?: number;
}

export interface CheckedOptions {
  readonly host: string;
  readonly port: number;
  readonly backendPort: number | undefined;
  readonly seed: Seed;
  readonly settings: Settings;
}

const MEMBERS = [
  ...SEED_MEMBERS,
  "host",
  "port",
  "backendPort",
  "refreshWinners",
  "wholeSeconds",
  "downloadRedirects",
  "runStartMs",
] as const;
const DEFAULT_RUN_START_MS = 50;
const LAST_PORT = 65_535;

/** @throws TypeError that lists everything that is wrong */
export function checkOptions(options: unknown): CheckedOptions {
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
  const given = readObject(options, "options", MEMBERS, report) ?? {};
  const { host = DEFAULT_HOST } = given;
  if (!isAddress(host)) report("options.host", 'must be an IPv4 address to listen on, such as "0.0.0.0"');
  const port = readPort(given, "port", report) ?? 0;
  const backendPort = readPort(given, "backendPort", report);
  if (port !== 0 && port === backendPort) report("options.backendPort", "must be another port than port");
  const { refreshWinners = "one", wholeSeconds = false, downloadRedirects = false } = given;
  const { runStartMs = DEFAULT_RUN_START_MS } = given;
  if (refreshWinners !== "one" && refreshWinners !== "all") {
    report("options.refreshWinners", 'must be "one" or "all"');
  }
  if (typeof wholeSeconds !== "boolean") report("options.wholeSeconds", "must be true or false");
  if (typeof downloadRedirects !== "boolean") report("options.downloadRedirects", "must be true or false");
  const run_start_ms = readMilliseconds(runStartMs, "options.runStartMs", report);
  throwProblems("The emulator's options are wrong", problems);

  const seed = checkSeed(Object.fromEntries(SEED_MEMBERS.map((name) => [name, given[name]])));
  const refresh_winners = refreshWinners === "all" ? "all" : "one";
  const settings = {
    refresh_winners,
    whole_seconds: wholeSeconds === true,
    download_redirects: downloadRedirects === true,
    run_start_ms,
  } as const;
  return { host: String(host), port, backendPort, seed, settings };
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && isIPv4(value);
}

function readPort(given: Members, name: string, report: Report): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= LAST_PORT) return value;
  report(`options.${name}`, `must be a port from 0 to ${LAST_PORT}`);
  return undefined;
}
