import { CheckFailed } from "./finding.js";

/** Which setting an address came from, for the fix: `platform.backendUrl (AUTOGPT_BACKEND_URL)`. */
export type Setting = string;

const NO_SUCH_HOST = ["ENOTFOUND", "EAI_AGAIN"];
const NO_WAY_THERE = ["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"];
const WRONG_CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_/;

/** What a failed `fetch()` means and what to do; nothing of the error's own text, which may name a proxy's password. */
export function explain(error: unknown, address: string, setting: Setting, patience: number): CheckFailed {
  const { host, hostname, protocol } = new URL(address);
  if (error instanceof Error && error.name === "TimeoutError") {
    return new CheckFailed(
      `${host} does not answer within ${patience / 1000} seconds.`,
      `Look whether it is overloaded or a firewall drops the request, or correct ${setting}.`,
    );
  }
  const code = codeOf(error);
  if (NO_SUCH_HOST.includes(code)) {
    return new CheckFailed(
      `There is no host ${hostname} (${code}).`,
      `Correct ${setting}, or this machine's DNS.`,
    );
  }
  if (code === "ECONNREFUSED") {
    return new CheckFailed(
      `Nothing listens at ${host}.`,
      `Start the platform there, or the emulator (npx express-autogpt emulator), or correct ${setting}.`,
    );
  }
  if (NO_WAY_THERE.includes(code)) {
    return new CheckFailed(
      `${host} cannot be reached (${code}).`,
      `Open the way there in firewall or network, or correct ${setting}.`,
    );
  }
  if (WRONG_CERTIFICATE.test(code)) {
    return new CheckFailed(
      `The certificate of ${host} is not accepted (${code}).`,
      "Use a certificate for this host name; name a private authority's with NODE_EXTRA_CA_CERTS.",
    );
  }
  if (protocol === "https:" && /SSL|TLS|EPROTO/.test(code)) {
    return new CheckFailed(
      `${host} does not speak TLS as expected (${code}).`,
      `Correct ${setting}: its port may be one for plain http.`,
    );
  }
  return new CheckFailed(
    `${host} ended the connection without an answer${code && ` (${code})`}.`,
    `Look at that server's log, or correct ${setting}: http and https have different ports.`,
  );
}

/** fetch() hides the socket's error in `cause`; both addresses of a host that fail make an AggregateError. */
function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
