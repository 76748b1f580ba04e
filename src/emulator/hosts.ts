import type { Answer } from "./answer.js";

/** Where the emulator listens unless it is told otherwise: other machines do not reach it. */
export const DEFAULT_HOST = "127.0.0.1";

/** The `Host` headers that are answered, and how they are called. */
export interface KnownHosts {
  readonly pattern: RegExp;
  readonly text: string;
}

const ON_THIS_MACHINE: KnownHosts = {
  pattern: /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i,
  text: "127.0.0.1, localhost and [::1]",
};

/**
 * What other machines and containers say. DNS rebinding needs a name that somebody on the internet can own:
 * addresses, names without a dot and the names reserved for private use (RFC 6761, RFC 6762, `.internal`) are none.
 */
const IN_THIS_NETWORK: KnownHosts = {
  pattern:
    /^(?:\d+(?:\.\d+){3}|\[[\da-f:.]+\]|[\w-]+|(?:[\w-]+\.)+(?:internal|local|localhost|test))(?::\d+)?$/i,
  text: "IP addresses, names without a dot, and .internal, .local, .localhost and .test",
};

export function hostsFor(listenHost: string): KnownHosts {
  return listenHost.startsWith("127.") ? ON_THIS_MACHINE : IN_THIS_NETWORK;
}

/** What this machine calls a server that listens there: `0.0.0.0` is every address, and none to send requests to. */
export function toOrigin(listenHost: string, port: number): string {
  return `http://${listenHost === "0.0.0.0" ? DEFAULT_HOST : listenHost}:${port}`;
}

/** A page elsewhere must not reach the emulator: neither by DNS rebinding nor by a form or fetch to it. */
export function refuseForeign(
  { host = "", origin }: { host?: string | undefined; origin?: string | undefined },
  { pattern, text }: KnownHosts,
): Answer | undefined {
  if (!pattern.test(host)) return { status: 403, text: `The AutoGPT emulator answers only to ${text}.\n` };
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, text: "The AutoGPT emulator answers no requests from pages of other origins.\n" };
  }
  return undefined;
}
