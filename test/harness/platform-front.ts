import { createHash } from "node:crypto";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One call to the token endpoint. Tokens stand here as hashes, so that a failing test prints none. */
export interface TokenCall {
  /** Who asked; see `WorkerSettings.name`. */
  readonly process: string;
  readonly askedAt: number;
  /** The refresh token it spent; `undefined` for an authorization code. */
  readonly spent: string | undefined;
  /** `0` while there is no answer, and for good when the connection ended. */
  status: number;
  answeredAt: number;
  /** The refresh token it brought. */
  won: string | undefined;
  /** The platform did the work, and we threw its answer away. */
  dropped: boolean;
}

/** One call to the External API. */
export interface ApiCall {
  readonly at: number;
  readonly accessToken: string;
  status: number;
}

/** The platform as the processes of an app reach it: passes everything on to the emulator and keeps the books. */
export interface PlatformFront {
  readonly url: string;
  readonly tokenCalls: TokenCall[];
  readonly apiCalls: ApiCall[];
  /** Access tokens in the order they were issued. */
  readonly accessTokens: string[];
  /** Loses so many of the next answers to a refresh, after the platform did the work. */
  dropAnswers(count: number): void;
  stop(): Promise<void>;
}

export async function startPlatformFront(target: string): Promise<PlatformFront> {
  const agent = new Agent({ keepAlive: true });
  const front = { tokenCalls: [] as TokenCall[], apiCalls: [] as ApiCall[], accessTokens: [] as string[] };
  let dropping = 0;

  async function pass(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await textOf(req);
    const told = note(req, body);
    const { status, headers, text } = await ask(req, body);
    if (told) told.status = status;
    if (told && "spent" in told && keepToken(told, text) && told.spent !== undefined && dropping > 0) {
      dropping -= 1;
      told.dropped = true;
      req.socket.destroy();
      return;
    }
    res.writeHead(status, headers).end(text);
  }

  function note(req: IncomingMessage, body: string): TokenCall | ApiCall | undefined {
    if (req.url?.startsWith("/external-api/")) {
      const accessToken = hash(String(req.headers.authorization).replace(/^Bearer /, ""));
      const call: ApiCall = { at: Date.now(), accessToken, status: 0 };
      front.apiCalls.push(call);
      return call;
    }
    if (req.url !== "/api/oauth/token") return undefined;
    const { refresh_token }: { refresh_token?: string } = JSON.parse(body);
    const call: TokenCall = {
      process: String(req.headers["x-process"]),
      askedAt: Date.now(),
      spent: refresh_token === undefined ? undefined : hash(refresh_token),
      ...{ status: 0, answeredAt: 0, won: undefined, dropped: false },
    };
    front.tokenCalls.push(call);
    return call;
  }

  /** Whether the platform issued tokens. */
  function keepToken(call: TokenCall, text: string): boolean {
    call.answeredAt = Date.now();
    if (call.status !== 200 || !text.startsWith("{")) return false;
    const { refresh_token, access_token }: Record<string, string> = JSON.parse(text);
    call.won = hash(refresh_token ?? "");
    front.accessTokens.push(hash(access_token ?? ""));
    return true;
  }

  function ask(req: IncomingMessage, body: string) {
    return new Promise<{ status: number; headers: IncomingMessage["headers"]; text: string }>(
      (resolve, reject) => {
        const { method = "", url = "" } = req;
        const headers = { ...req.headers, host: new URL(target).host };
        const sent = request(target + url, { method, headers, agent }, (answer) => {
          textOf(answer).then(
            (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
            reject,
          );
        });
        sent.on("error", reject).end(body);
      },
    );
  }

  const server = createServer((req, res) => {
    pass(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...front,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropAnswers: (count) => {
      dropping = count;
    },
    async stop() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
