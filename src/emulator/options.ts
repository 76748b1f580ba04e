import { checkSeed, SEED_MEMBERS } from "./check-seed.js";
import { type Members, type Report, readObject, throwProblems } from "./check-values.js";
import type { Settings } from "./platform.js";
import type { EmulatorConfig, Seed } from "./seed.js";

export interface EmulatorOptions extends EmulatorConfig {
  /** Default 0: any free one. It listens on 127.0.0.1 only. */
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
}

export interface CheckedOptions {
  readonly port: number;
  readonly backendPort: number | undefined;
  readonly seed: Seed;
  readonly settings: Settings;
}

const MEMBERS = [...SEED_MEMBERS, "port", "backendPort", "refreshWinners", "wholeSeconds"] as const;
const LAST_PORT = 65_535;

/** @throws TypeError that lists everything that is wrong */
export function checkOptions(options: unknown): CheckedOptions {
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
  const given = readObject(options, "options", MEMBERS, report) ?? {};
  const port = readPort(given, "port", report) ?? 0;
  const backendPort = readPort(given, "backendPort", report);
  if (port !== 0 && port === backendPort) report("options.backendPort", "must be another port than port");
  const { refreshWinners = "one", wholeSeconds = false } = given;
  if (refreshWinners !== "one" && refreshWinners !== "all") {
    report("options.refreshWinners", 'must be "one" or "all"');
  }
  if (typeof wholeSeconds !== "boolean") report("options.wholeSeconds", "must be true or false");
  throwProblems("The emulator's options are wrong", problems);

  const seed = checkSeed(Object.fromEntries(SEED_MEMBERS.map((name) => [name, given[name]])));
  const refresh_winners = refreshWinners === "all" ? "all" : "one";
  return { port, backendPort, seed, settings: { refresh_winners, whole_seconds: wholeSeconds === true } };
}

function readPort(given: Members, name: string, report: Report): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= LAST_PORT) return value;
  report(`options.${name}`, `must be a port from 0 to ${LAST_PORT}`);
  return undefined;
}
