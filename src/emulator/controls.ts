import type { Scope } from "../scopes.js";
import {
  type Members,
  type Report,
  readIsActive,
  readMilliseconds,
  readObject,
  readRedirectUris,
  readScopes,
  throwProblems,
} from "./check-values.js";
import { RUN_STATUSES, setStatus } from "./external-api/run-steps.js";
import type { Platform } from "./platform.js";
import type { EmulatorApplication } from "./seed.js";
import { createWebSession } from "./web-session.js";

/** What can be changed of a registration; what is left out stays. */
export type ApplicationPatch = Partial<Pick<EmulatorApplication, "is_active" | "redirect_uris" | "scopes">>;

/** The control names something the emulator does not have. */
export class UnknownThing extends Error {
  override readonly name = "UnknownThing";
}

// Each control checks what it is given: the same functions stand behind the methods and behind HTTP.

export function advanceClock(platform: Platform, seconds: unknown): void {
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) {
    throw new TypeError('advance_seconds must be a number of seconds, for example {"advance_seconds": 3600}');
  }
  platform.clock.advance(seconds);
}

export function createSession(platform: Platform, userId: unknown): string {
  if (typeof userId !== "string") throw new TypeError('user_id must be a string: send {"user_id": "..."}');
  if (!platform.users.has(userId)) {
    const known = [...platform.users.keys()].join(", ");
    throw new UnknownThing(`No user has the id ${JSON.stringify(userId)}; known: ${known}`);
  }
  return createWebSession(platform, userId);
}

/** A code, an access token, a refresh token or a web session: expired one second ago. */
export function expire(platform: Platform, value: unknown): void {
  if (typeof value !== "string")
    throw new TypeError('value must be a code or a token: send {"value": "..."}');
  const { codes, accessTokens, refreshTokens, webSessions } = platform;
  const found =
    codes.get(value) ?? accessTokens.get(value) ?? refreshTokens.get(value) ?? webSessions.get(value);
  // Not repeated in the message: it may be a real secret that came here by mistake.
  if (!found) throw new UnknownThing("The emulator has issued no such code, token or session");
  found.expires_at = platform.clock.now() - 1000;
}

export function updateApplication(platform: Platform, clientId: string, patch: unknown): void {
  const application = platform.applications.get(clientId);
  if (!application) {
    const known = [...platform.applications.keys()].join(", ");
    throw new UnknownThing(`No application has the client id ${JSON.stringify(clientId)}; known: ${known}`);
  }
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
  const given: Members = readObject(patch, "patch", ["is_active", "redirect_uris", "scopes"], report) ?? {};
  const { is_active = application.is_active, redirect_uris = application.redirect_uris } = given;
  const updated = {
    ...application,
    is_active: readIsActive(is_active, "patch.is_active", report),
    redirect_uris: readRedirectUris(redirect_uris, "patch.redirect_uris", report),
    scopes: readScopes(given.scopes ?? application.scopes, "patch.scopes", report),
  };
  throwProblems("The application cannot be changed so", problems);
  platform.applications.set(clientId, updated);
}

export function updateSettings({ settings }: Platform, patch: unknown): void {
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
  const given: Members = { ...settings, ...readObject(patch, "settings", Object.keys(settings), report) };
  const { refresh_winners, whole_seconds, download_redirects } = given;
  if (refresh_winners !== "one" && refresh_winners !== "all") {
    report("settings.refresh_winners", 'must be "one" or "all"');
  }
  for (const [name, value] of Object.entries({ whole_seconds, download_redirects })) {
    if (typeof value !== "boolean") report(`settings.${name}`, "must be true or false");
  }
  readMilliseconds(given.run_start_ms, "settings.run_start_ms", report);
  throwProblems("The settings are wrong", problems);
  Object.assign(settings, given);
}

/** Puts a run into a status, where it stays: what was planned for it does not happen any more. */
export function setRunStatus(platform: Platform, runId: unknown, status: unknown): void {
  const wanted = RUN_STATUSES.find((known) => known === status);
  if (!wanted) throw new TypeError(`status must be one of ${RUN_STATUSES.join(", ")}`);
  const runs = [...platform.workspaces.values()].map((workspace) => workspace.runs.get(String(runId)));
  const run = runs.find((found) => found !== undefined);
  if (!run) throw new UnknownThing(`No run has the id ${JSON.stringify(runId)}`);
  setStatus(run, wanted, platform.clock.now());
}

/** Takes scopes away from the code in a callback URL, as a platform does that grants less than was asked for. */
export function narrowCode(platform: Platform, callbackUrl: string, granted: readonly Scope[]): void {
  const value = new URL(callbackUrl).searchParams.get("code") ?? "";
  const code = platform.codes.get(value);
  if (!code) return; // denied, or an error: nothing was granted
  const scopes = code.scopes.filter((scope) => granted.some((left) => left === scope));
  platform.codes.set(value, { ...code, scopes });
}
