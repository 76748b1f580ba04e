interface PathOptions {
  basePath?: string | undefined;
  loginPath?: string | undefined;
  logoutPath?: string | undefined;
}

/** Hosts whose plain http never leaves the machine (RFC 8252 section 7.3; `localhost` as RFC 6761 has it). */
const LOOPBACK = /^(?:localhost|[^.]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether an address stays on the machine that opens it. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(new URL(address).hostname);
}

/** The redirect URI as a URL; the string itself is what we send, byte for byte. */
export function checkRedirectUri(value: string, mistakes: string[]): URL | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || /[\s\\@]/.test(value)) {
    mistakes.push(
      'redirectUri must be a full address, such as "https://app.example.com/auth/callback", exactly as registered.',
    );
    return undefined;
  }
  if (/[?#]/.test(value)) {
    mistakes.push(
      "redirectUri must not have a query or a fragment: the platform appends its own `?` and the code would be lost. Register one without.",
    );
  }
  if (url.protocol === "http:" && !isLoopback(value)) {
    mistakes.push(`redirectUri must use https: plain http is for localhost only, not for ${url.hostname}.`);
  }
  return url;
}

function checkBasePath(value: unknown, mistakes: string[]): string {
  if (value === undefined || value === "") return "";
  if (typeof value === "string" && /^(?:\/[\w.~-]+)+$/.test(value)) return value;
  mistakes.push('basePath must be a path such as "/app", without a slash at the end.');
  return "";
}

/** Where the router answers: the callback where the redirect URI says, login and logout beside it. */
export function checkPaths(redirectPath: string | undefined, options: PathOptions, mistakes: string[]) {
  const { loginPath, logoutPath } = options;
  const basePath = checkBasePath(options.basePath, mistakes);
  if (redirectPath !== undefined && basePath !== "" && !redirectPath.startsWith(`${basePath}/`)) {
    mistakes.push("redirectUri must lie under basePath: its path must start with basePath and a slash.");
  }
  const callback = (redirectPath ?? "/auth/callback").slice(redirectPath === undefined ? 0 : basePath.length);
  const beside = callback.slice(0, callback.lastIndexOf("/") + 1);
  const paths = {
    login: checkPath("loginPath", loginPath, mistakes) ?? `${beside}login`,
    callback,
    logout: checkPath("logoutPath", logoutPath, mistakes) ?? `${beside}logout`,
    session: `${beside}session`,
  };
  const all = Object.entries(paths);
  const same = all.filter(([name, path]) => all.some((other) => other[0] !== name && other[1] === path));
  if (redirectPath !== undefined && same.length > 0) {
    mistakes.push(
      `loginPath, logoutPath and the path of redirectUri must differ; the same are those of ${same.map(([name]) => name).join(", ")}.`,
    );
  }
  return { basePath, paths };
}

function checkPath(name: string, value: string | undefined, mistakes: string[]): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && /^\/[^\s\\?#]*$/.test(value) && !value.startsWith("//")) {
    return new URL(value, "http://localhost").pathname;
  }
  mistakes.push(`${name} must be a path such as "/auth/${name.replace("Path", "")}", without a query.`);
  return undefined;
}
