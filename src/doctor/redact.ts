/** Takes what must not be shown out of a text. */
export type Redact = (text: string) => string;

const HIDDEN = "[hidden]";

/** What shorter values say is in many texts, and is no secret. */
const SHORTEST = 6;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // The platform's own, whatever they were pasted into; only a client ID may be seen.
  [/agpt_(?!client_)[\w-]{12,}/g, HIDDEN],
  // In an address the user's name and password, up to the last @: passwords may have one.
  [/\/\/\S*@/g, `//${HIDDEN}@`],
  [/((?:password|passwd|pwd|secret|token|api[_-]?key)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi, `$1${HIDDEN}`],
  // What looks as if a random generator made it: 24 or more characters with digits, capitals and small letters.
  [/(?<![\w+=-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Z])(?=[\w+=-]*[a-z])[\w+=-]{24,}/g, HIDDEN],
  // Hex of 16 bytes or more: `openssl rand -hex 32`.
  [/(?<![\da-z])[\da-f]{32,}(?![\da-z])/gi, HIDDEN],
  // Base64 that has slashes: `openssl rand -base64 32` ends with =; without it, it must not be part of an address.
  [/(?<![\w+/=])[\w+/]{22,}={1,2}(?![\w+/=])/g, HIDDEN],
  [/(?<![\w+/=.:@%-])(?=[\w+/]*\d)(?=[\w+/]*[A-Z])(?=[\w+/]*[a-z])\w[\w+/]{23,}(?![\w+/=-]|\.\w)/g, HIDDEN],
];

/**
 * Hides the values it is told and whatever looks like a secret: a secret may have been pasted into any option, and
 * a driver's error may repeat an address with its password.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const known = [...new Set(secrets.flatMap(formsOf))]
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length); // one may be part of another
  return function redact(text) {
    const without = known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
    return PATTERNS.reduce((rest, [pattern, by]) => rest.replaceAll(pattern, by), without);
  };
}

/** The values of variables that are named like secrets, and the passwords in those that are addresses. */
export function secretsOfEnvironment(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    const password = URL.canParse(value) ? new URL(value).password : "";
    const isSecret = /SECRET|PASS|TOKEN|KEY|CREDENTIAL/i.test(name);
    return [...(isSecret ? [value] : []), ...(password === "" ? [] : [password, decode(password)])];
  });
}

/** As it stands, without the blanks around it, and as it looks in an address. */
function formsOf(secret: string): string[] {
  return [secret, secret.trim(), encodeURIComponent(secret.trim())];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
