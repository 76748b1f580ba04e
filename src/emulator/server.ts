import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { send } from "./answer.js";
import { takeIn } from "./body.js";
import type { EmulatorFault } from "./faults.js";
import { type KnownHosts, refuseForeign, toOrigin } from "./hosts.js";
import type { Platform } from "./platform.js";

/** The part that answers a path; `/_emulator` answers are neither logged nor hit by faults. */
export interface Part {
  readonly listener: RequestListener;
  readonly isControl: boolean;
}

export type FindPart = (path: string) => Part;

export interface ServerOptions {
  readonly hosts: KnownHosts;
  /** What may stand before the backend's paths. */
  readonly prefix?: string;
}

/** What every request goes through, whichever part of the platform it is for. */
export function createEmulatorServer(platform: Platform, findPart: FindPart, options: ServerOptions): Server {
  return createServer((req, res) => {
    handle(platform, findPart, req, res, options).catch(() => res.destroy());
  });
}

async function handle(
  platform: Platform,
  findPart: FindPart,
  req: IncomingMessage,
  res: ServerResponse,
  { hosts, prefix }: ServerOptions,
): Promise<void> {
  if (prefix !== undefined) cutPrefix(prefix, req);
  const path = (req.url ?? "/").split("?", 1)[0] ?? "/";
  const { listener, isControl } = findPart(path);
  setDate(platform, res);
  if (!isControl) {
    platform.log.add(req, path);
    res.on("finish", () => platform.log.note(req, { status: res.statusCode }));
  }
  const refusal = refuseForeign(req.headers, hosts);
  if (refusal) return send(res, refusal);
  const fault = isControl ? undefined : platform.faults.take(req.method ?? "", path);
  if (fault) {
    platform.log.note(req, { fault: true });
    if (await applyFault(platform, fault, req, res)) return;
  }
  listener(req, res);
}

/** The single-container form of the platform has its backend under a prefix of the web app. */
function cutPrefix(prefix: string, req: IncomingMessage): void {
  const url = req.url ?? "/";
  if (/^\/(?:api|external-api)\//.test(url.slice(prefix.length)) && url.startsWith(prefix)) {
    req.url = url.slice(prefix.length);
  }
}

/** By the emulator's clock: clients measure a token's lifetime against it. */
function setDate({ clock }: Platform, res: ServerResponse): void {
  res.setHeader("Date", new Date(clock.now()).toUTCString());
}

/** Gives `true` when the request is done with. */
async function applyFault(
  platform: Platform,
  fault: EmulatorFault,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<boolean> {
  if (fault.delay_ms) {
    // A platform that is slow has the request already: a caller who gives up does not take it back.
    await takeIn(req).catch(() => undefined);
    await wait(fault.delay_ms, undefined, { ref: false });
    setDate(platform, res);
  }
  if (fault.drop === "before") {
    req.socket.destroy();
    return true;
  }
  if (fault.drop === "after") {
    // The work is done as ever; what it writes goes nowhere and ends the connection.
    res.write = () => true;
    res.end = () => {
      req.socket.destroy();
      return res;
    };
  }
  if (fault.status === undefined && fault.body === undefined) return false;
  // Taken in, so that the connection stays usable for the next request.
  req.resume();
  const { status = 200, body, headers = {} } = fault;
  send(res, { status, headers, ...(typeof body === "string" ? { html: body } : { json: body }) });
  return true;
}

export async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The emulator has no port");
  return toOrigin(host, address.port);
}

export async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
