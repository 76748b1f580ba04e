import { subscribe } from "node:diagnostics_channel";
import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Canary, SecretKind } from "./canary.js";

/** The fields of the platform's wire that hold secrets. */
const FIELDS: Readonly<Record<string, SecretKind>> = {
  access_token: "access token",
  refresh_token: "refresh token",
  token: "access token",
  code: "authorization code",
  code_verifier: "code verifier",
  client_secret: "client secret",
};

/**
 * Looks at every request that a server of this process answers: apps with our router show what they answer, and
 * whatever else listens - the emulator, a proxy before it - is the platform, where secrets are to be had.
 */
export function watchServers(canary: Canary): void {
  subscribe("http.server.request.start", (message) => {
    // Safe: Node documents what it publishes here.
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const url = request.url ?? ""; // before routers cut it
    const asked = collectData(request);
    const answered = collectAnswer(response);
    response.once("close", () => {
      if ("autogpt" in request) showAnswer(canary, response, answered());
      else noteSecrets(canary, request, url, asked(), response, answered());
    });
  });
}

function showAnswer(canary: Canary, response: ServerResponse, body: string): void {
  canary.show("body", body);
  for (const [name, value] of Object.entries(response.getHeaders())) {
    for (const line of [value].flat()) {
      if (name === "set-cookie") {
        canary.show("cookie", String(line));
        noteCookie(canary, String(line).replaceAll(/^[^=]*=|;.*$/g, ""));
      } else canary.show(name === "location" ? "location" : "header", String(line));
    }
  }
}

/**
 * A sealed attempt, which has five parts, and a session's `s:<ID>.<signature>`, whose ID its store needs. Other
 * cookies of ours hold a state, which stands in addresses anyway.
 */
function noteCookie(canary: Canary, value: string): void {
  if (value.split(".").length === 5) canary.note("cookie", value);
  const [, id] = /^s(?::|%3A)([\w-]+)\./i.exec(value) ?? [];
  canary.note("session ID", id);
}

function noteSecrets(
  canary: Canary,
  { headers }: IncomingMessage,
  url: string,
  asked: string,
  response: ServerResponse,
  answered: string,
): void {
  canary.show("url", url);
  canary.note("access token", headers.authorization?.replace(/^Bearer /i, ""));
  canary.note("API key", headers["x-api-key"]);
  for (const text of [asked, answered]) {
    for (const [name, value] of Object.entries(readObject(text))) {
      const kind = FIELDS[name];
      if (kind) canary.note(kind, value);
    }
  }
  const location = String(response.getHeader("location") ?? "");
  if (URL.canParse(location)) canary.note("authorization code", new URL(location).searchParams.get("code"));
}

function readObject(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** What comes in, as its reader gets it. */
export function collectData(stream: EventEmitter): () => string {
  const { add, text } = collect();
  const emit = stream.emit;
  stream.emit = function emitWatched(name: string | symbol, ...args: unknown[]) {
    if (name === "data") add(args[0]);
    return emit.call(this, name, ...args);
  };
  return text;
}

function collectAnswer(response: ServerResponse): () => string {
  const { add, text } = collect();
  const { write, end } = response;
  // Both have several signatures; what they were given is handed on as it came.
  response.write = function writeWatched(this: ServerResponse, ...args: unknown[]) {
    add(args[0]);
    return Reflect.apply(write, this, args);
  };
  response.end = function endWatched(this: ServerResponse, ...args: unknown[]) {
    add(args[0]);
    return Reflect.apply(end, this, args);
  };
  return text;
}

/** More is a file of a test that looks at memory, not a secret. */
const MOST_BYTES = 1_000_000;

function collect(): { add(chunk: unknown): void; text(): string } {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      const added = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      if (!(added instanceof Uint8Array) || bytes > MOST_BYTES) return;
      bytes += added.length;
      chunks.push(Buffer.from(added)); // its owner may use it again
    },
    text: () => Buffer.concat(chunks).toString(),
  };
}
