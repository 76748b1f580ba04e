import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { TokenBook } from "./token-book.js";

/** The user that everybody is in this bench. */
export const USER = {
  id: "0b000000-0000-4000-8000-000000000001",
  email: "somebody@example.com",
  name: "Somebody With A Name",
  timezone: "Europe/London",
};

/** What stands in an ID token and in the answer of userinfo. */
const CLAIMS = {
  ...{ sub: USER.id, email: USER.email, email_verified: true },
  ...{ name: USER.name, zoneinfo: USER.timezone },
};

export const CLIENT = { id: "bench", secret: "the secret of the bench's only client" };

/** A sign-in under way: what a code stands for. */
interface Code {
  readonly nonce: string | null;
}

/**
 * An OpenID provider for the peers, which cannot speak to the platform: everybody who comes is signed in at once.
 * Refresh tokens follow the platform's rules (oauth.md section 5.8): one use, no grace.
 */
export async function startProvider() {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const key = { ...(await exportJWK(publicKey)), kid: "1", use: "sig", alg: "RS256" };
  const codes = new Map<string, Code>();
  const book = new TokenBook();
  /** How long the token endpoint takes, in milliseconds. */
  const speed = { delay: 0 };

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      console.error(error);
      res.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(req.url ?? "/", issuer);
    if (pathname === "/.well-known/openid-configuration") sendJson(res, metadata(issuer));
    else if (pathname === "/jwks") sendJson(res, { keys: [key] });
    else if (pathname === "/authorize") authorize(searchParams, res);
    else if (pathname === "/token") await answerTokens(new URLSearchParams(await readBody(req)), res);
    else if (pathname === "/userinfo" && book.isFresh(req.headers.authorization)) sendJson(res, CLAIMS);
    else res.writeHead(pathname === "/userinfo" ? 401 : 404).end();
  }

  function authorize(query: URLSearchParams, res: ServerResponse): void {
    const code = crypto.randomUUID();
    codes.set(code, { nonce: query.get("nonce") });
    const callback = new URL(query.get("redirect_uri") ?? "");
    callback.searchParams.set("code", code);
    const state = query.get("state");
    if (state !== null) callback.searchParams.set("state", state);
    res.writeHead(302, { location: callback.href }).end();
  }

  async function answerTokens(body: URLSearchParams, res: ServerResponse): Promise<void> {
    const refreshes = body.get("grant_type") === "refresh_token";
    const code = codes.get(body.get("code") ?? "");
    const tokens = refreshes ? book.refresh(body.get("refresh_token") ?? "") : code && book.grant();
    if (refreshes) await wait(speed.delay);
    if (!tokens) {
      sendJson(res, { error: "invalid_grant" }, 400);
      return;
    }
    const nonce = code?.nonce ?? undefined;
    const idToken = new SignJWT({ ...CLAIMS, ...(nonce !== undefined && { nonce }) })
      .setProtectedHeader({ alg: "RS256", kid: "1" })
      .setIssuer(issuer)
      .setAudience(CLIENT.id)
      .setIssuedAt()
      .setExpirationTime("1d");
    sendJson(res, { ...tokens, token_type: "Bearer", id_token: await idToken.sign(privateKey) });
  }

  return { issuer, book, speed, stop: () => void server.close().closeAllConnections() };
}

export type Provider = Awaited<ReturnType<typeof startProvider>>;

function metadata(issuer: string) {
  return {
    issuer,
    ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
    ...{ userinfo_endpoint: `${issuer}/userinfo`, jwks_uri: `${issuer}/jwks` },
    ...{ response_types_supported: ["code"], subject_types_supported: ["public"] },
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    code_challenge_methods_supported: ["S256"],
  };
}

function sendJson(res: ServerResponse, value: object, status = 200): void {
  res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  res.end(JSON.stringify(value));
}

async function readBody(req: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of req.setEncoding("utf8")) body += chunk;
  return body;
}
