import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type ApiClientOptions, createApiClient } from "express-autogpt";
import { onTestFinished } from "vitest";

export const KEY = "agpt_key-for-tests";
export const TOKEN = "agpt_xt_token-for-tests";

/** A client whose platform is this one server. */
export function clientOf(url: string, options: ApiClientOptions = { accessToken: TOKEN }) {
  return createApiClient({ ...options, platform: { webUrl: url, backendUrl: url } });
}

export interface Recorded {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Complete when the call has been answered. */
  body: string;
  /** When it came, in milliseconds. */
  at: number;
}

/**
 * A real HTTP server on a free port that keeps what it was asked; it ends with the test. A concurrent test
 * hands over its own `onTestFinished`.
 */
export async function listen(
  answer: RequestListener,
  finished: (clean: () => void) => void = onTestFinished,
): Promise<{ url: string; requests: Recorded[] }> {
  const requests: Recorded[] = [];
  const server = createServer((req, res) => {
    const { method = "", url = "", headers } = req;
    const recorded: Recorded = { method, url, headers, body: "", at: performance.now() };
    requests.push(recorded);
    req.on("data", (chunk: Buffer) => {
      recorded.body += chunk.toString("latin1");
    });
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  finished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string
  return { url: `http://127.0.0.1:${port}`, requests };
}

/** Answers every request with this JSON. */
export function json(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  return (req, res) => {
    req.on("end", () =>
      res.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value)),
    );
    req.resume();
  };
}

/** An error of v2. */
export function problem(status: number, headers: Readonly<Record<string, string>> = {}): RequestListener {
  const code = status === 429 ? "rate_limit_exceeded" : status === 409 ? "conflict" : "some_error";
  return json({ error: { code, message: `The answer is ${status}.`, details: null } }, status, headers);
}

/** Answers that come one after the other; the last one stays. `"drop"` ends the connection. */
export function inTurn(...answers: (RequestListener | "drop" | number)[]): RequestListener {
  let number = 0;
  return (req, res) => {
    const answer = answers[Math.min(number, answers.length - 1)] ?? 200;
    number += 1;
    if (answer === "drop") req.socket.destroy();
    else if (typeof answer === "function") answer(req, res);
    else if (answer >= 400) problem(answer)(req, res);
    else json({}, answer)(req, res);
  };
}
