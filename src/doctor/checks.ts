import { visitBackend } from "./backend.js";
import { checkClock } from "./clock.js";
import { checkCredentials } from "./credentials.js";
import { judgeV2, readExternalApi } from "./external-api.js";
import { examine, type Finding, skipped, type Verdict } from "./finding.js";
import { checkGrantStore } from "./grant-store.js";
import { judgeOptions, judgeRedirectUri } from "./options.js";
import { judgeScopes, judgeV1Scopes } from "./scopes.js";
import type { Subject } from "./subject.js";
import { checkNode, checkPeer } from "./versions.js";
import { checkWebApp } from "./web-app.js";

/** What the app runs on; needs no options. */
export async function checkVersions(folder: string): Promise<Finding[]> {
  return Promise.all([
    examine("node", () => checkNode(process.versions.node)),
    examine("express", () => checkPeer("express", folder)),
    examine("express-session", () => checkPeer("express-session", folder)),
  ]);
}

/** Everything that needs options, in the order in which to mend it. */
export async function checkSubject(subject: Subject): Promise<Finding[]> {
  const { config, mistakes, redirectUri } = subject;
  const findings = await Promise.all([
    judgeOptions(mistakes),
    examine("redirect-uri", () => judgeRedirectUri(redirectUri, config, subject)),
    examine("v1-scopes", () => withScopes(subject, judgeV1Scopes)),
    checkPlatform(subject),
    examine("grant-store", () => checkGrants(subject)),
  ]);
  return findings.flat();
}

async function checkPlatform(subject: Subject): Promise<Finding[]> {
  const { config } = subject;
  const webApp = examine("web-app", () => (config.webUrl === "" ? noAddress() : checkWebApp(config)));
  let ahead: number | undefined;
  const backend = await examine("backend", async () => {
    if (config.backendUrl === "") return noAddress();
    const visit = await visitBackend(config);
    ahead = visit.ahead;
    return visit.verdict;
  });
  const rest = await (isUsable(backend) ? checkBackend(subject) : skipAll());
  const clock = examine("clock", () => (ahead === undefined ? withoutBackend() : checkClock(ahead)));
  return [await webApp, backend, ...rest, await clock];
}

async function checkBackend(subject: Subject): Promise<Finding[]> {
  const { config } = subject;
  const api = readExternalApi(config.backendUrl);
  return Promise.all([
    examine("credentials", () => checkCredentials(config)),
    examine("api-v2", async () => judgeV2(await api)),
    examine("scopes", () => withScopes(subject, async (scopes) => judgeScopes(scopes, await api))),
  ]);
}

function checkGrants({ grants, config, isProduction }: Subject): Verdict | Promise<Verdict> {
  if (grants === "unknown") return skipped("Not named: pass --config FILE.");
  if (config.clientId === "" || config.backendUrl === "")
    return skipped("Needs a client ID and a backend; see options.");
  return checkGrantStore(grants, { application: config.instance, isProduction });
}

function withScopes(
  { scopes }: Subject,
  judge: (scopes: NonNullable<Subject["scopes"]>) => Verdict | Promise<Verdict>,
): Verdict | Promise<Verdict> {
  if (scopes === undefined)
    return skipped("Not named: pass --scopes IDENTITY,READ_LIBRARY or --config FILE.");
  return scopes.length === 0 ? skipped("Needs a scope; see options.") : judge(scopes);
}

function isUsable({ status }: Finding): boolean {
  return status === "ok" || status === "warning";
}

function noAddress(): Verdict {
  return skipped("Needs an address; see options.");
}

function withoutBackend(): Verdict {
  return skipped("Needs the backend's answer.");
}

function skipAll(): Promise<Finding[]> {
  const names = ["credentials", "api-v2", "scopes"];
  return Promise.all(names.map((name) => examine(name, withoutBackend)));
}
