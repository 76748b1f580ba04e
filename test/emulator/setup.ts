import {
  type Emulator,
  type EmulatorOptions,
  exampleApplication,
  startEmulator,
} from "express-autogpt/emulator";
import { afterAll, beforeEach } from "vitest";

export const REDIRECT_URI = "http://localhost:3000/auth/callback";
/** The pair of RFC 7636, appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
export const ADA = "5f0c1a52-6a55-4d1b-9a4e-0f4d3f6c1a01";
export const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } = exampleApplication;

export const otherApplication = {
  client_id: "agpt_client_AnotherAppOfTheTests00",
  client_secret: `agpt_secret_${"o".repeat(43)}`,
  name: "Other app",
  redirect_uris: [REDIRECT_URI, "https://app.example/cb?x=1"],
  scopes: ["IDENTITY", "READ_GRAPH"],
} as const;

/** One emulator for a file of tests, put back to the start before each. */
export async function emulatorForTests(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({
    applications: [exampleApplication, otherApplication],
    ...options,
  });
  beforeEach(() => emulator.reset());
  afterAll(() => emulator.stop());
  return emulator;
}

export type Changes = Readonly<Record<string, string | undefined>>;

/** An authorization request that succeeds; `undefined` takes a parameter away. */
export function authorizationUrl({ webUrl }: Emulator, changes: Changes = {}): string {
  const query = {
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: "IDENTITY READ_BLOCK",
    state: "the state",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    response_type: "code",
    ...changes,
  };
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return `${webUrl}/auth/authorize?${new URLSearchParams(given as [string, string][])}`;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it whole, or reach into it and fail
  readonly json: any;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return ask(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

export async function getCode(emulator: Emulator, changes: Changes = {}): Promise<string> {
  const callback = await emulator.consent(authorizationUrl(emulator, changes));
  return new URL(callback).searchParams.get("code") ?? "";
}

export function exchange(
  emulator: Emulator,
  code: string,
  changes: Record<string, unknown> = {},
): Promise<Reply> {
  return post(`${emulator.backendUrl}/api/oauth/token`, {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    code_verifier: VERIFIER,
    ...changes,
  });
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function signIn(emulator: Emulator, changes: Changes = {}): Promise<Tokens> {
  const { json } = await exchange(emulator, await getCode(emulator, changes));
  return json;
}

/** Tokens of the other application. */
export async function signInToOther(emulator: Emulator): Promise<Tokens> {
  const { client_id, client_secret } = otherApplication;
  const code = await getCode(emulator, { client_id, scope: "IDENTITY" });
  return (await exchange(emulator, code, { client_id, client_secret })).json;
}

export function refresh(emulator: Emulator, refresh_token: string, changes: object = {}): Promise<Reply> {
  return post(`${emulator.backendUrl}/api/oauth/token`, {
    grant_type: "refresh_token",
    refresh_token,
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    ...changes,
  });
}

export function me(emulator: Emulator, token: string, version = "v1"): Promise<Reply> {
  const headers = { Authorization: `Bearer ${token}` };
  return ask(`${emulator.backendUrl}/external-api/${version}/me`, { headers });
}
