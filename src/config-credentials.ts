/** 32 characters of base64 hold 192 random bits; fewer invite secrets that people can guess. */
const SHORTEST_SECRET = 32;

const WRAPPED = /^[\s"'`]|[\s"'`]$/;

/** An option that must be there, or its variable; `""` after saying what is wrong. */
export function readNeeded(value: unknown, name: string, what: string, mistakes: string[]): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  if (typeof value !== "string" && value !== undefined && value !== null) {
    mistakes.push(`${name} must be a string (${what}).`);
    return "";
  }
  mistakes.push(
    `${name} is ${typeof value === "string" ? "empty" : "missing"}: pass it or set ${toVariable(name)} (${what}).`,
  );
  return "";
}

/** `clientId` -> `AUTOGPT_CLIENT_ID`. */
function toVariable(name: string): string {
  return `AUTOGPT_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** The client ID and the client secret; `""` for one that is wrong, so that nobody sends it. */
export function readCredentials(
  given: { readonly clientId: unknown; readonly clientSecret: unknown },
  mistakes: string[],
): { clientId: string; clientSecret: string } {
  const what = {
    clientId: "agpt_client_..., from the application's registration",
    clientSecret: "agpt_secret_..., shown once when the application was registered",
  };
  const clientId = readNeeded(given.clientId, "clientId", what.clientId, mistakes);
  const clientSecret = readNeeded(given.clientSecret, "clientSecret", what.clientSecret, mistakes);
  const wrong = {
    clientId: clientId && (findWrapping("clientId", clientId) || findNoClientId(clientId)),
    clientSecret:
      clientSecret &&
      (findWrapping("clientSecret", clientSecret) || findNoClientSecret(clientSecret, clientId)),
  };
  mistakes.push(...Object.values(wrong).filter((mistake) => mistake !== ""));
  return { clientId: wrong.clientId ? "" : clientId, clientSecret: wrong.clientSecret ? "" : clientSecret };
}

/** Told, not trimmed: what is sent and hashed is what was written, in every process. */
function findWrapping(name: string, value: string): string {
  if (!WRAPPED.test(value)) return "";
  return `${name} has a quote or a blank at its beginning or end. Write ${toVariable(name)} without them: the newline at the end of a file counts, and not everything that reads a .env file takes quotes off.`;
}

function findNoClientId(value: string): string {
  if (!value.startsWith("agpt_secret_")) return "";
  return "clientId holds a client secret; it should start with agpt_client_.";
}

function findNoClientSecret(value: string, clientId: string): string {
  if (value.startsWith("agpt_client_") || (clientId !== "" && value.includes(clientId))) {
    return "clientSecret holds a client ID: did you swap the two? It should start with agpt_secret_.";
  }
  // Such a secret never verifies, whatever was registered (oauth.md section 2).
  if (value.startsWith("agpt_")) return "";
  return "clientSecret is no client secret of the platform: it should start with agpt_secret_.";
}

/** What seals: the first seals, all unseal. */
export function checkSecrets(value: unknown, mistakes: string[]): string[] {
  const secrets: unknown[] = Array.isArray(value) ? value : [value];
  const fix = "make one with `openssl rand -base64 32`";
  const good = secrets.filter((secret): secret is string => typeof secret === "string");
  if (value === undefined || secrets.length === 0 || good.some((secret) => secret.trim() === "")) {
    mistakes.push(
      `secret is ${value === undefined ? "missing" : "empty"}: pass it or set AUTOGPT_SECRET; ${fix}.`,
    );
    return [];
  }
  if (good.length < secrets.length)
    mistakes.push("secret must be a string or an array of strings: [new, old].");
  if (good.some((secret) => secret.length < SHORTEST_SECRET)) {
    mistakes.push(`secret is too short: it needs at least ${SHORTEST_SECRET} characters; ${fix}.`);
  }
  if (good.some((secret) => secret.trim() !== secret)) {
    mistakes.push(
      "secret has a blank at its beginning or end: the newline at the end of a file counts, and a process that reads it without could unseal nothing.",
    );
  }
  return good;
}
