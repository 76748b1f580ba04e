import { type SignInWithAutoGPTOptions, scopes, signInWithAutoGPT } from "express-autogpt";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRedact } from "../src/doctor/redact.js";

const good: SignInWithAutoGPTOptions = {
  clientId: "agpt_client_abcdefghijklmnopqrstuv",
  clientSecret: "agpt_secret_abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq",
  redirectUri: "https://app.example.com/auth/callback",
  scopes: ["IDENTITY"],
  secret: "0123456789abcdef0123456789abcdef",
};

/** The factory's complaint about options that differ from good ones. */
function complaint(options: object): string {
  try {
    signInWithAutoGPT({ ...good, ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return String(error);
  }
  return "none";
}

beforeEach(() => {
  for (const name of ["CLIENT_ID", "CLIENT_SECRET", "SECRET", "REDIRECT_URI", "WEB_URL", "BACKEND_URL"]) {
    vi.stubEnv(`AUTOGPT_${name}`, undefined);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("signInWithAutoGPT(options)", () => {
  it("takes good options", () => {
    expect(complaint({})).toBe("none");
  });

  it.each([
    ["clientId", undefined, "clientId is missing: pass it or set AUTOGPT_CLIENT_ID"],
    ["clientId", "", "clientId is empty"],
    ["clientId", "   ", "clientId is empty"],
    ["clientId", 5, "clientId must be a string (agpt_client_..."],
    ["clientId", null, "clientId is missing"],
    ["clientSecret", {}, "clientSecret must be a string (agpt_secret_..."],
    ["redirectUri", 7, "redirectUri must be a string (the registered address"],
    ["scopes", [Object.create(null)], "an object is not a scope of the platform"],
    ["scopes", [Symbol("x")], "a symbol is not a scope of the platform"],
    ["trustedOrigins", [10n], "without a path, not a bigint."],
    ["trustedOrigins", ["https://www.example.com/x"], 'without a path, so write "https://www.example.com".'],
    ["basePath", null, 'basePath must be a path such as "/app"'],
    ["basePath", 7, 'basePath must be a path such as "/app"'],
    ["clientId", "agpt_secret_abc", "clientId holds a client secret"],
    [
      "clientId",
      `${good.clientId}\n`,
      "clientId has a quote or a blank at its beginning or end. Write AUTOGPT_CLIENT_ID",
    ],
    ["clientSecret", ` ${good.clientSecret}`, "clientSecret has a quote or a blank at its beginning"],
    ["clientSecret", `"${good.clientSecret}"`, "clientSecret has a quote or a blank at its beginning"],
    ["clientSecret", good.clientId, "clientSecret holds a client ID: did you swap the two?"],
    ["clientSecret", `x${good.clientId}`, "clientSecret holds a client ID: did you swap the two?"],
    ["clientSecret", "agpt_client_another", "clientSecret holds a client ID: did you swap the two?"],
    ["clientSecret", "0123456789abcdef", "it should start with agpt_secret_"],
    ["clientSecret", undefined, "clientSecret is missing: pass it or set AUTOGPT_CLIENT_SECRET"],
    ["redirectUri", undefined, "redirectUri is missing: pass it or set AUTOGPT_REDIRECT_URI"],
    ["redirectUri", "/auth/callback", "redirectUri must be a full address"],
    ["redirectUri", "myapp://callback", "redirectUri must be a full address"],
    ["redirectUri", "https://user:pw@app.example.com/cb", "redirectUri must be a full address"],
    ["redirectUri", "https://app.example.com/c b", "redirectUri must be a full address"],
    ["redirectUri", "https://app.example.com/cb?x=1", "must not have a query or a fragment"],
    ["redirectUri", "https://app.example.com/cb?", "must not have a query or a fragment"],
    ["redirectUri", "https://app.example.com/cb#x", "must not have a query or a fragment"],
    [
      "redirectUri",
      "http://app.example.com/cb",
      "must use https: plain http is for localhost only, not for app.example.com",
    ],
    ["redirectUri", "http://localhost.example.com/cb", "must use https"],
    ["redirectUri", "http://127.0.0.1.example.com/cb", "must use https"],
    [
      "secret",
      undefined,
      "secret is missing: pass it or set AUTOGPT_SECRET; make one with `openssl rand -base64 32`",
    ],
    ["secret", "", "secret is empty"],
    ["secret", " ".repeat(40), "secret is empty"],
    ["secret", `${good.secret}\n`, "secret has a blank at its beginning or end"],
    ["secret", [good.secret, ` ${good.secret}`], "secret has a blank at its beginning or end"],
    ["secret", [], "secret is empty"],
    ["secret", "0123456789abcdef0123456789abcde", "secret is too short: it needs at least 32 characters"],
    ["secret", ["0123456789abcdef0123456789abcdef", "short"], "secret is too short"],
    ["secret", 12345678, "secret must be a string or an array"],
    ["scopes", [], "scopes is empty"],
    ["scopes", undefined, "scopes must be an array"],
    ["scopes", "IDENTITY READ_LIBRARY", "scopes must be an array"],
    ["scopes", ["READ_LIBARY"], "READ_LIBARY is not a scope of the platform; did you mean READ_LIBRARY?"],
    ["scopes", ["read-library"], "read-library is not a scope of the platform; did you mean READ_LIBRARY?"],
    [
      "scopes",
      ["IDENTITY READ_LIBRARY"],
      'IDENTITY READ_LIBRARY is not a scope of the platform: name them one by one, "IDENTITY", "READ_LIBRARY".',
    ],
    [
      "scopes",
      ["IDENTITY", "openid"],
      "openid is not a scope of the platform. The README lists all of them.",
    ],
    ["scopes", ["__proto__"], "__proto__ is not a scope of the platform"],
    ["scopes", ["toString"], "toString is not a scope of the platform"],
    ["platform", "local", 'platform must be "cloud" or { webUrl'],
    [
      "platform",
      { webUrl: "http://localhost:3000" },
      "platform.backendUrl is missing: pass it or set AUTOGPT_BACKEND_URL",
    ],
    [
      "platform",
      { webUrl: "x", backendUrl: "http://localhost:8006" },
      "platform.webUrl must be an http or https address",
    ],
    [
      "platform",
      { webUrl: "http://a/?b", backendUrl: "http://a" },
      "platform.webUrl must be an http or https address",
    ],
    ["basePath", "app", 'basePath must be a path such as "/app"'],
    ["basePath", "/app/", 'basePath must be a path such as "/app"'],
    ["basePath", "/app", "redirectUri must lie under basePath"],
    ["trustedOrigins", ["https://www.example.com/"], "trustedOrigins takes origins"],
    ["trustedOrigins", "nonsense", "trustedOrigins takes origins"],
    ["loginPath", "login", "loginPath must be a path"],
    ["loginPath", "//login", "loginPath must be a path"],
    ["logoutPath", "/bye?now", "logoutPath must be a path"],
    ["logoutPath", "/auth/callback", "must differ"],
    ["grants", {}, "grants must be a grant store"],
    ["onSignIn", "x", "onSignIn must be a function"],
    ["redirectURL", "https://x", "there is no option redirectURL; did you mean redirectUri?"],
    ["callback", "https://x", "there is no option callback; there are clientId,"],
  ])("says what is wrong with %s: %o", (name, value, expected) => {
    const message = complaint({ [name]: value });
    expect(message).toContain(expected);
    // The doctor prints the same and hides what looks like a secret: that must not be our own words.
    expect(createRedact([])(message)).toBe(message);
  });

  it.each([
    "http://localhost:3000/auth/callback",
    "http://127.0.0.1:3000/auth/callback",
    "http://[::1]:3000/auth/callback",
    "http://app.localhost/auth/callback",
    "https://app.example.com:443/auth/callback",
    "https://a.example",
  ])("takes the redirect URI %s", (redirectUri) => {
    expect(complaint({ redirectUri })).toBe("none");
  });

  it("repeats no client secret that it refuses", () => {
    for (const clientSecret of ["hunter2", "agpt_secret_hunter2\n", "agpt_client_hunter2", "'hunter2'"]) {
      const message = complaint({ clientSecret });
      expect(message).toContain("clientSecret");
      expect(message).not.toContain("hunter2");
    }
  });

  it("says both when client ID and client secret are swapped", () => {
    const message = complaint({ clientId: good.clientSecret, clientSecret: good.clientId });
    expect(message).toContain("clientId holds a client secret");
    expect(message).toContain("clientSecret holds a client ID");
    expect(message).not.toContain(good.clientSecret);
  });

  it("reports all mistakes at once, and no value of a secret", () => {
    const message = complaint({
      clientId: undefined,
      clientSecret: "",
      secret: "hunter2-hunter2",
      redirectUri: "http://example.com/cb#x",
      scopes: ["READ_LIBARY"],
    });
    for (const name of ["clientId", "clientSecret", "secret", "fragment", "https", "READ_LIBARY"]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain("hunter2");
  });

  it("takes what is left out or undefined from the environment", () => {
    vi.stubEnv("AUTOGPT_CLIENT_ID", "agpt_client_from_env");
    vi.stubEnv("AUTOGPT_CLIENT_SECRET", "agpt_secret_from_env");
    vi.stubEnv("AUTOGPT_SECRET", "0123456789abcdef0123456789abcdef");
    vi.stubEnv("AUTOGPT_REDIRECT_URI", "https://app.example.com/auth/callback");
    expect(() => signInWithAutoGPT({ scopes: ["IDENTITY"], clientId: undefined })).not.toThrow();
    vi.stubEnv("AUTOGPT_WEB_URL", "http://localhost:3000");
    expect(complaint({})).toContain("platform.backendUrl is missing: pass it or set AUTOGPT_BACKEND_URL");
    vi.stubEnv("AUTOGPT_BACKEND_URL", "http://localhost:3000/_agpt");
    expect(complaint({})).toBe("none");
    vi.stubEnv("AUTOGPT_CLIENT_ID", "");
    expect(complaint({ clientId: undefined })).toContain("clientId is empty");
  });

  it.each([[undefined], [null], ["x"]])("needs options, not %j", (options) => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => signInWithAutoGPT(options)).toThrow(TypeError);
  });

  it("warns of a v1-only scope once per process, with its end date and what to ask for instead", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    for (let i = 0; i < 3; i += 1) {
      const autogpt = signInWithAutoGPT({ ...good, scopes: ["IDENTITY", "EXECUTE_GRAPH"] });
      autogpt.requireScopes("EXECUTE_BLOCK");
    }
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn.mock.calls[1]?.[0]).toContain("EXECUTE_BLOCK works with External API v1 only");
    expect(warn.mock.calls[0]?.[0]).toMatch(/EXECUTE_GRAPH .* 2026-12-31.*RUN_AGENT/);
  });
});

describe("scopes", () => {
  it("holds the 25 scopes of the platform, the ten of January 2026 among them", () => {
    const names = Object.keys(scopes);
    expect(names).toHaveLength(25);
    const january =
      "IDENTITY EXECUTE_GRAPH READ_GRAPH EXECUTE_BLOCK READ_BLOCK READ_STORE USE_TOOLS MANAGE_INTEGRATIONS READ_INTEGRATIONS DELETE_INTEGRATIONS";
    expect(names).toEqual(expect.arrayContaining(january.split(" ")));
    const table = Object.values(scopes);
    expect(table.filter(({ status }) => status === "current")).toHaveLength(23);
    expect(table.filter(({ versions }) => (versions as readonly string[]).includes("v1"))).toHaveLength(12);
    expect(scopes.EXECUTE_BLOCK).toMatchObject({ status: "v1-only", versions: ["v1"], endsOn: "2026-12-31" });
    for (const { description } of table) expect(description).toMatch(/^[a-z].{10,}[a-z]$/);
  });
});
