import { request } from "node:http";
import { request as requestWithTls } from "node:https";
import type { Emulator } from "express-autogpt/emulator";
import { CookieJar } from "tough-cookie";

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  /** A form's fields. */
  body?: URLSearchParams;
}

/**
 * A cookie jar and plain HTTP that follows nothing by itself: every hop of a sign-in can be looked at. Not Node's
 * fetch, which overwrites `Sec-Fetch-Mode` and takes no `Host`.
 */
export class Browser {
  jar = new CookieJar(undefined, { allowSpecialUseDomain: true, rejectPublicSuffixes: false });

  /** `ca`: the certificate to trust, where the address begins with https. */
  constructor(readonly ca?: string) {}

  async fetch(url: string, { method = "GET", headers: given = {}, body }: Sent = {}): Promise<Response> {
    const type = body && { "content-type": "application/x-www-form-urlencoded" };
    const headers: Record<string, string> = { ...type, ...given };
    const cookie = headers.cookie ?? (await this.jar.getCookieString(url));
    const response = await send(url, method, cookie === "" ? headers : { ...headers, cookie }, body, this.ca);
    for (const line of response.headers.getSetCookie())
      await this.jar.setCookie(line, url, { ignoreError: true });
    return response;
  }

  /** A GET as a person's browser sends it when it opens a page. */
  async open(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(url, {
      headers: { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none", ...headers },
    });
  }

  /** A form post from a page of the same site. */
  async post(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(url, {
      method: "POST",
      headers: {
        accept: "text/html",
        "sec-fetch-site": "same-origin",
        origin: new URL(url).origin,
        ...headers,
      },
    });
  }

  /** Clicks "Sign in" and answers the consent page; returns the address the platform sends the browser to. */
  async consent(
    emulator: Pick<Emulator, "consent">,
    loginUrl: string,
    options: { userId?: string; decision?: "authorize" | "deny" } = {},
  ): Promise<string> {
    const login = await this.open(loginUrl);
    if (login.status !== 302) throw new Error(`login answered ${login.status}: ${await login.text()}`);
    return emulator.consent(locationOf(login), options);
  }

  /** Signs in from the click to the answer of the callback. */
  async signIn(
    emulator: Emulator,
    appUrl: string,
    options: { userId?: string; returnTo?: string } = {},
  ): Promise<Response> {
    const { returnTo, ...consent } = options;
    const query = returnTo === undefined ? "" : `?returnTo=${encodeURIComponent(returnTo)}`;
    return this.open(await this.consent(emulator, `${appUrl}/auth/login${query}`, consent));
  }

  async json(url: string): Promise<unknown> {
    return (await this.fetch(url, { headers: { accept: "application/json" } })).json();
  }
}

function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: URLSearchParams,
  ca?: string,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const start = url.startsWith("https:") ? requestWithTls : request;
    const sent = start(url, { method, headers, agent: false, ca }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const head = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2) {
          head.append(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
        }
        const status = answer.statusCode ?? 0;
        const body = [204, 304].includes(status) ? null : Buffer.concat(chunks);
        resolve(new Response(body, { status, headers: head }));
      });
    });
    sent.on("error", reject);
    sent.end(body?.toString());
  });
}

/** The address an answer sends to. */
export function locationOf(response: Response): string {
  const location = response.headers.get("location");
  if (location === null) throw new Error(`no Location in an answer of ${response.status}`);
  return location;
}
