/** The one header that says who calls, for example `["X-API-Key", "agpt_..."]`. */
export type CredentialHeader = readonly [name: "Authorization" | "X-API-Key", value: string];

/** Asked before each call; and again after a 401, with the value that was refused. The signal ends the waiting. */
export type Credential = (refused: string | undefined, signal: AbortSignal) => Promise<CredentialHeader>;

/** What an authorized call needs. */
export interface AuthorizedFetchParts {
  readonly base: string;
  readonly credential: Credential;
  /** Whether the body can be sent twice. */
  readonly repeatable: boolean;
  /** Told of each answer, for what its headers say. */
  readonly onAnswer?: ((headers: Headers) => void) | undefined;
}

/**
 * Sends with the credential, and only below `base`: nothing that a caller, a path value or a middleware puts into
 * the URL can send it elsewhere. A call whose body can be sent again is repeated once when its access token was
 * refused and there is another by now.
 *
 * @throws {TypeError} before anything is sent, when the URL is not one of the API's.
 */
export async function fetchAuthorized(
  request: Request,
  { base, credential, repeatable, onAnswer }: AuthorizedFetchParts,
): Promise<Response> {
  assertBelow(base, request.url);
  const spare = repeatable ? request.clone() : undefined;
  const header = await credential(undefined, request.signal);
  const response = await send(request, header);
  // A redirected download is answered by the platform's storage, which knows neither its clock nor our tokens.
  if (!response.url.startsWith(base)) return response;
  onAnswer?.(response.headers);
  if (!spare || (response.status !== 401 && response.status !== 429)) return response;
  // A 401 is given before anything happens, so any call may be repeated. A dead access token counts as no
  // credential, five a minute per address, so its 429 says only that another call has a new one by now.
  const again = await credential(response.status === 401 ? header[1] : undefined, request.signal);
  if (again[1] === header[1]) return response;
  await response.body?.cancel();
  const second = await send(spare, again);
  onAnswer?.(second.headers);
  return second;
}

async function send(request: Request, [name, value]: CredentialHeader): Promise<Response> {
  const headers = new Headers(request.headers);
  // The platform reads X-API-Key first and refuses a bad one even beside a good Bearer.
  headers.delete("X-API-Key");
  headers.delete("Authorization");
  headers.set(name, value);
  if (request.redirect !== "follow") return fetch(request, { headers });
  // undici keeps the whole of a sent file in memory unless redirects are errors.
  const isFile = headers.get("Content-Type")?.startsWith("multipart/form-data");
  const response = await fetch(request, { headers, redirect: isFile ? "error" : "manual" });
  // A write that follows would be done elsewhere, or turn into a GET.
  const location = request.method === "GET" ? redirectOf(response, request.url) : undefined;
  if (!location) return response;
  await response.body?.cancel();
  // Without any header of ours: fetch itself would drop Authorization on its way to another origin, but not X-API-Key.
  return fetch(location, { signal: request.signal });
}

/** A path of the API is `v1/...` or `v2/...`, without empty segments (`//host`, an empty path value). */
const API_PATH = /^v[12](\/[^/]+)+$/;

function assertBelow(base: string, url: string): void {
  const { origin, pathname } = new URL(url);
  const root = new URL(`${base}/`);
  const below = origin === root.origin && pathname.startsWith(root.pathname);
  if (below && API_PATH.test(pathname.slice(root.pathname.length))) return;
  throw new TypeError(
    `Not sent: ${origin}${pathname} is not an operation below ${base}. ` +
      'Pass a path such as "/v2/me" and fill in every path parameter.',
  );
}

function redirectOf({ status, headers }: Response, base: string): URL | undefined {
  const location = headers.get("Location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (!URL.canParse(location, base)) return undefined;
  const url = new URL(location, base);
  return /^https?:$/.test(url.protocol) ? url : undefined;
}
