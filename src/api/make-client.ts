import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import createClient, { mergeHeaders } from "openapi-fetch";
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
  /** What was granted and by whom, where it is known: calls that need other scopes are not sent. */
  readonly grant?: { readonly scopes: readonly string[]; readonly userId: string } | undefined;
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
      if (parts.grant) checkScopes(`${name} ${path}`, operation, given, parts.grant);
      const init = withHeaders(given, operation, parts.teamId);
      const repeatable = !init.once && !isStream(init.body);
      const send = (request: Request) => fetchWithRetries(request, operation, { ...parts, repeatable });
      const fetch = async (request: Request) => checkAnswer(await send(request), init);
      // biome-ignore lint/suspicious/noExplicitAny: the public type has checked path and init against each other
      const request = inner.request as any;
      try {
        const result = await request(name.toLowerCase(), path, { ...init, baseUrl: parts.baseUrl, fetch });
        checkResult(result, init);
        return result;
      } catch (error) {
        if (error instanceof SyntaxError) throw unreadable(200);
        const isCutOff = isNetworkFault(error) && !init.signal?.aborted; // the answer's end did not come
        throw isCutOff ? unreachable(error) : error;
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

/** The team, and the key that lets the start of a run be repeated. A blank key is none to the platform. */
function withHeaders(init: CallInit, { idempotency }: Operation, teamId: string | undefined): CallInit {
  const own: object =
    init.headers instanceof Headers ? Object.fromEntries(init.headers) : Object(init.headers);
  const sources = [own, { ...init.params?.header }];
  for (const [name, value] of sources.flatMap(Object.entries)) checkHeader(name, value);
  const headers = mergeHeaders(...(sources as Record<string, string>[])); // what fits in no header was refused
  if (teamId !== undefined && !headers.has("X-Team-Id")) headers.set("X-Team-Id", teamId);
  if (idempotency && !headers.get(idempotency.header)) headers.set(idempotency.header, randomUUID());
  return { ...init, headers: {}, params: { ...init.params, header: Object.fromEntries(headers) } };
}

function checkHeader(name: string, value: unknown): void {
  if (value === undefined || value === null || /^[\x20-\x7e]*$/.test(String(value))) return;
  throw new TypeError(`The header ${name} must hold printable ASCII characters only.`);
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
    const outcome = await fetchAuthorized(one, { base, credential, repeatable, onAnswer }).catch(
      (error: unknown) => {
        if (!isNetworkFault(error) || request.signal.aborted) throw error;
        return unreachable(error);
      },
    );
    const answered = outcome instanceof Response;
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
function checkAnswer(response: Response, init: CallInit): Response {
  const { status, headers } = response;
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
  const isWanted = response.ok ? status === 204 || !wantsJson(init) : isOwnRedirect(response, init);
  if (isJson || isWanted) return response;
  void response.body?.cancel();
  throw unreadable(status);
}

/** What says it is JSON may still be broken or empty; every error of the API is an object. */
function checkResult({ data, error, response }: Result, init: CallInit): void {
  const { ok, status } = response;
  const isGood = ok
    ? data !== undefined || status === 204 || !wantsJson(init)
    : (typeof error === "object" && error !== null) || isOwnRedirect(response, init);
  if (!isGood) throw unreadable(status);
}

interface Result {
  data?: unknown;
  error?: unknown;
  response: Response;
}

function wantsJson({ parseAs = "json" }: CallInit): boolean {
  return parseAs === "json";
}

/** A call that asked for redirects itself gets them as they come. */
function isOwnRedirect({ status }: Response, { redirect }: CallInit): boolean {
  return redirect === "manual" && status >= 300 && status < 400;
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
