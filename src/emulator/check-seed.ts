import {
  dropUndefined,
  type Members,
  type Report,
  readIsActive,
  readList,
  readObject,
  readOptionalText,
  readRedirectUris,
  readScopes,
  readText,
  throwProblems,
} from "./check-values.js";
import { exampleApiKey, exampleApplication, exampleUsers } from "./defaults.js";
import type { Application, EmulatorApiKey, EmulatorUser, Seed } from "./seed.js";

export const SEED_MEMBERS = ["applications", "users", "api_keys"] as const;

/**
 * Checks what a config file or the caller of startEmulator() gave, and fills in what is missing.
 *
 * @throws TypeError that lists everything that is wrong
 */
export function checkSeed(value: unknown): Seed {
  const problems: string[] = [];
  const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
  const given = readObject(value, "config", SEED_MEMBERS, report) ?? {};

  const applications = readList(
    given.applications,
    "applications",
    [exampleApplication],
    report,
    readApplication,
  );
  const users = readList(given.users, "users", exampleUsers, report, readUser);
  // The default key belongs to a default user.
  const defaultKeys = given.users === undefined ? [exampleApiKey] : [];
  const api_keys = readList(given.api_keys, "api_keys", defaultKeys, report, readApiKey);

  if (problems.length === 0) {
    if (applications.length === 0) report("applications", "must name at least one application");
    if (users.length === 0) report("users", "must name at least one user");
    reportDuplicates(applications, "client_id", "applications", report);
    reportDuplicates(users, "id", "users", report);
    reportDuplicates(api_keys, "key", "api_keys", report);
    for (const [index, { user_id }] of api_keys.entries()) {
      if (!users.some(({ id }) => id === user_id)) {
        report(`api_keys[${index}].user_id`, `no user has the id ${JSON.stringify(user_id)}`);
      }
    }
  }
  throwProblems("The emulator's applications, users or API keys are wrong", problems);
  return { applications, users, api_keys };
}

const { client_id, client_secret, name, redirect_uris, scopes } = exampleApplication;
/** What an application is when it does not say; the description is the example's own. */
const fillIns: Members = { client_id, client_secret, name, redirect_uris, scopes };

const APPLICATION_MEMBERS = [
  "client_id",
  "client_secret",
  "name",
  "description",
  "logo_url",
  "redirect_uris",
  "scopes",
  "is_active",
] as const;

function readApplication(
  value: unknown,
  path: string,
  report: Report,
  index: number,
): Application | undefined {
  const named = readObject(value, path, APPLICATION_MEMBERS, report);
  if (!named) return undefined;
  if (index > 0 && named.client_id === undefined) {
    report(`${path}.client_id`, "must be given: only the first application may leave it out");
    return undefined;
  }
  const given = { ...fillIns, ...dropUndefined(named) };
  const client_secret = readText(given, "client_secret", path, report);
  if (client_secret !== "" && !client_secret.startsWith("agpt_")) {
    report(`${path}.client_secret`, "must start with agpt_ (the platform never verifies another secret)");
  }
  return {
    client_id: readText(given, "client_id", path, report),
    client_secret,
    name: readText(given, "name", path, report),
    description: readOptionalText(given, "description", path, report),
    logo_url: readOptionalText(given, "logo_url", path, report),
    redirect_uris: readRedirectUris(given.redirect_uris, `${path}.redirect_uris`, report),
    scopes: readScopes(given.scopes, `${path}.scopes`, report),
    is_active: readIsActive(given.is_active ?? true, `${path}.is_active`, report),
  };
}

function readUser(value: unknown, path: string, report: Report): EmulatorUser | undefined {
  const given = readObject(value, path, ["id", "email", "name", "timezone"], report);
  if (!given) return undefined;
  return {
    id: readText(given, "id", path, report),
    email: readText(given, "email", path, report),
    name: readOptionalText(given, "name", path, report),
    timezone: given.timezone === undefined ? "not-set" : readText(given, "timezone", path, report),
  };
}

function readApiKey(value: unknown, path: string, report: Report): EmulatorApiKey | undefined {
  const given = readObject(value, path, ["key", "user_id", "scopes"], report);
  if (!given) return undefined;
  return {
    key: readText(given, "key", path, report),
    user_id: readText(given, "user_id", path, report),
    scopes: readScopes(given.scopes, `${path}.scopes`, report),
  };
}

function reportDuplicates<T>(
  items: readonly T[],
  member: keyof T & string,
  path: string,
  report: Report,
): void {
  const seen = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    if (seen.has(item[member])) report(`${path}[${index}].${member}`, "is used twice");
    seen.add(item[member]);
  }
}
