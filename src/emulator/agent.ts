import { createServer, type IncomingHttpHeaders, type RequestListener, request, Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An app under test: an Express app or a server, listening or not, or the address of one that runs elsewhere. */
export type AppUnderTest = RequestListener | Server | string;

/** What `agent.fetch()` takes beside the path. */
export interface AgentInit {
  /** Default `"GET"`. */
  readonly method?: string;
  /** As `fetch()` takes them; they go before what a page of the app sends. */
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  /** As `fetch()` takes it; a form's fields as `URLSearchParams`. */
  readonly body?: ConstructorParameters<typeof Response>[0];
  /** `"follow"` follows redirects within the app; default `"manual"`. */
  readonly redirect?: "manual" | "follow";
}

/** A signed-in browser, as far as the app can tell. */
export interface Agent {
  /** The `Cookie` header as it is now, for supertest: `request(app).get("/").set("Cookie", agent.cookie)`. */
  readonly cookie: string;
  /** Asks the app for a path as a page of its own does; keeps cookies. Redirects are answers, not followed. */
  fetch(path: string, init?: AgentInit): Promise<Response>;
}

const MOST_REDIRECTS = 10;

/** Plain HTTP with a cookie jar of one host. Not Node's fetch, which overwrites `Sec-Fetch-Mode` and takes no `Host`. */
export class AppAgent implements Agent {
  readonly #app: AppUnderTest;
  readonly #cookies = new Map<string, string>();
  /** Where the app says it is: cookies and checks go by it, wherever the app listens. */
  origin = "http://localhost";

  constructor(app: AppUnderTest) {
    this.#app = app;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async fetch(path: string, init: AgentInit = {}): Promise<Response> {
    let answer = await this.#send(path, init);
    for (let left = MOST_REDIRECTS; left > 0 && init.redirect === "follow"; left -= 1) {
      const location = answer.headers.get("location");
      const next = location === null ? undefined : new URL(location, new URL(path, this.origin));
      if (next?.origin !== this.origin) break;
      answer = await this.#send(next.pathname + next.search, {
        ...(init.headers && { headers: init.headers }),
      });
    }
    return answer;
  }

  async #send(path: string, { method = "GET", headers: given, body }: AgentInit): Promise<Response> {
    const url = new URL(path, this.origin);
    if (url.origin !== this.origin) throw new TypeError(`${url.origin} is not the app (${this.origin}).`);
    const sent = new Response(body ?? null);
    const type = sent.headers.get("content-type");
    const headers = new Headers({
      accept: "*/*",
      "sec-fetch-site": "same-origin",
      "x-forwarded-proto": url.protocol.slice(0, -1),
      ...(type !== null && { "content-type": type }),
    });
    new Headers(given).forEach((value, name) => void headers.set(name, value));
    if (this.#cookies.size > 0 && !headers.has("cookie")) headers.set("cookie", this.cookie);
    headers.set("host", url.host);
    const bytes = Buffer.from(await sent.arrayBuffer());
    const answer = await withAddress(this.#app, (address) =>
      send(new URL(url.pathname + url.search, address), method, Object.fromEntries(headers), bytes),
    );
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf("="));
    const ends = attributes.some((attribute) => {
      const [key = "", value = ""] = attribute.split("=");
      if (/^max-age$/i.test(key)) return Number(value) <= 0;
      return /^expires$/i.test(key) && Date.parse(value) <= Date.now();
    });
    if (ends) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(name.length + 1));
  }
}

/** What does not listen, listens for one request, as supertest does it: nothing is left to close. */
async function withAddress<T>(app: AppUnderTest, ask: (address: string) => Promise<T>): Promise<T> {
  if (typeof app === "string") return ask(app);
  if (app instanceof Server && app.listening) return ask(addressOf(app));
  if (typeof app !== "function" && !(app instanceof Server)) {
    throw new TypeError(
      "emulator.signIn() needs an Express app, a server or an address; is an await missing?",
    );
  }
  const server =
    app instanceof Server
      ? createServer((req, res) => void app.emit("request", req, res))
      : createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await ask(addressOf(server));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function addressOf(server: Server): string {
  // Safe: a server that listens on TCP has an address with a port.
  const { port, address, family } = server.address() as AddressInfo;
  const host =
    address === "::" || address === "0.0.0.0" ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

function send(url: URL, method: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const head = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2) {
          head.append(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
        }
        const status = answer.statusCode ?? 0;
        const isEmpty = [204, 205, 304].includes(status);
        resolve(new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers: head }));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
