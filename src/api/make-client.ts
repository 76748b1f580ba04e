import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import createClient from "openapi-fetch";
import { AutoGPTError, PlatformError } from "../errors.js";
import { type Credential, fetchAuthorized } from "./authorized-fetch.js";
import { type CallInit, checkPathValues, checkScopes, findOperation } from "./check-call.js";
import type { ApiClient } from "./client-types.js";
import type { Operation } from "./operation.js";
import { retryDelay } from "./retry.js";
import type { paths } from "./schema.js";

/** How long a call may go on trying, all waits included; milliseconds. */
const DEADLINE = 30_000;

/** Seconds to wait after a fault that may pass, when the platform does not say. */
const RETRY_AFTER = 5;

/** What a client is made of. */
export interface ClientParts {
  /** `{backend}/external-api` */
  readonly baseUrl: string;
  readonly credential: Credential;
  /** The granted scopes, where they are known: calls that need others are not sent. */
  readonly scopes?: readonly string[] | undefined;
  /** Goes with each call that names no other. */
  readonly teamId?: string | undefined;
  /** Told of each answer, for what its headers say. */
  readonly onAnswer?: ((headers: Headers) => void) | undefined;
}

/** openapi-fetch's client with the manners of the platform: checked before, authorized, repeated where it is safe. */
export function makeClient(parts: ClientParts): ApiClient {
  const inner = createClient<paths>({ baseUrl: parts.baseUrl });

  function method(name: "GET" | "PUT" | "POST" | "DELETE" | "PATCH") {
    return async function callApi(path: string, given: CallInit = {}): Promise<unknown> {
      const operation = findOperation(name, path);
      checkPathValues(path, given);
      if (parts.scopes) checkScopes(`${name} ${path}`, operation, given, parts.scopes);
      const init = withHeaders(given, operation, parts.teamId);
      const repeatable = !init.once && !isStream(init.body);
      const send = (request: Request) => fetchWithRetries(request, operation, { ...parts, repeatable });
      const fetch = async (request: Request) => checkAnswer(await send(request), init.parseAs);
      // biome-ignore lint/suspicious/noExplicitAny: the public type has checked path and init against each other
      const request = inner.request as any;
      try {
        return await request(name.toLowerCase(), path, { ...init, baseUrl: parts.baseUrl, fetch });
      } catch (error) {
        throw error instanceof SyntaxError ? unreadable(200) : error;
      }
    };
  }

  const client = {
    GET: method("GET"),
    PUT: method("PUT"),
    POST: method("POST"),
    DELETE: method("DELETE"),
    PATCH: method("PATCH"),
    use: inner.use,
    eject: inner.eject,
  };
  return client as unknown as ApiClient; // its types are made from the documents, as its checks are
}

/** The team, and the key that lets the start of a run be repeated. */
function withHeaders(init: CallInit, { idempotency }: Operation, teamId: string | undefined): CallInit {
  const header = { ...init.params?.header };
  if (teamId !== undefined) header["X-Team-Id"] ??= teamId;
  if (idempotency) header[idempotency.header] ??= randomUUID();
  for (const [name, value] of Object.entries(header)) {
    if (value !== undefined && !/^[\x20-\x7e]*$/.test(String(value))) {
      throw new TypeError(`The header ${name} must hold printable ASCII characters only.`);
    }
  }
  return { ...init, params: { ...init.params, header } };
}

function isStream(body: unknown): boolean {
  return (
    typeof body === "object" &&
    body !== null &&
    (body instanceof ReadableStream || Symbol.asyncIterator in body)
  );
}

async function fetchWithRetries(
  request: Request,
  operation: Operation,
  { baseUrl: base, credential, repeatable, onAnswer }: ClientParts & { repeatable: boolean },
): Promise<Response> {
  const deadline = performance.now() + DEADLINE;
  for (let number = 1; ; number += 1) {
    const one = repeatable ? request.clone() : request;
    const outcome = await fetchAuthorized(one, { base, credential, repeatable }).catch((error: unknown) => {
      if (!isNetworkFault(error) || request.signal.aborted) throw error;
      return unreachable(error);
    });
    const answered = outcome instanceof Response;
    if (answered) onAnswer?.(outcome.headers);
    const pause = retryDelay(operation, {
      status: answered ? outcome.status : "network fault",
      retryAfter: answered ? outcome.headers.get("retry-after") : undefined,
      number,
    });
    if (!repeatable || pause === undefined || performance.now() + pause > deadline) {
      if (answered) return outcome;
      throw outcome;
    }
    if (answered) await outcome.body?.cancel();
    await wait(pause, undefined, { signal: request.signal }).catch(() => request.signal.throwIfAborted());
  }
}

/** fetch() reports every network fault as a TypeError whose cause is the socket's error. */
function isNetworkFault(error: unknown): error is Error {
  return error instanceof TypeError && error.cause instanceof Error && !(error instanceof AutoGPTError);
}

function unreachable({ cause }: Error): PlatformError {
  return new PlatformError("The platform cannot be reached. Try again in a moment.", {
    retryAfter: RETRY_AFTER,
    cause,
  });
}

/** What is not JSON comes from a proxy or a wrong address, not from the API. */
function checkAnswer(response: Response, parseAs = "json"): Response {
  const { status, headers } = response;
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
  const isEmpty = status === 204 || headers.get("content-length") === "0";
  if (isJson || isEmpty || (response.ok && parseAs !== "json")) return response;
  void response.body?.cancel();
  throw unreadable(status);
}

function unreadable(status: number): PlatformError {
  const passing = status === 429 || status >= 500;
  return new PlatformError(
    passing
      ? `The platform answered ${status} and no JSON. Try again in a moment.`
      : `The platform answered ${status} and no JSON: check the backend's address (AUTOGPT_BACKEND_URL). Files are read with parseAs: "stream".`,
    passing ? { retryAfter: RETRY_AFTER } : {},
  );
}
