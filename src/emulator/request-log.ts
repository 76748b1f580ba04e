import type { IncomingMessage } from "node:http";
import type { Clock } from "./clock.js";

/** One request the emulator received. It never holds a code, a token, a secret or a query. */
export interface EmulatorRequest {
  /** In capitals. */
  readonly method: string;
  /** Without query and without the `/_agpt` prefix. */
  readonly path: string;
  /** `0` while there is no answer, and for good when the connection was dropped. */
  readonly status: number;
  /** ISO 8601, by the emulator's clock. */
  readonly at: string;
  /** Only for the token endpoint, and only the two it knows. */
  readonly grant_type?: "authorization_code" | "refresh_token";
  /** What became of it: only for token, introspection and revocation. */
  readonly outcome?: "issued" | "revoked" | "nothing_revoked" | "active" | "inactive" | "refused";
  /** Which kind of token was revoked or found active. */
  readonly token_type?: "access_token" | "refresh_token";
  /** A fault was applied to it. */
  readonly fault?: true;
}

export type RequestNote = Partial<
  Pick<EmulatorRequest, "status" | "grant_type" | "outcome" | "token_type" | "fault">
>;

export interface RequestLog {
  add(req: IncomingMessage, path: string): void;
  /** Adds what is known later, by the part that knows it. */
  note(req: IncomingMessage, note: RequestNote): void;
  list(): EmulatorRequest[];
  clear(): void;
}

export function createRequestLog(clock: Clock): RequestLog {
  let entries: EmulatorRequest[] = [];
  const byRequest = new WeakMap<IncomingMessage, EmulatorRequest>();
  return {
    add(req, path) {
      const at = new Date(clock.now()).toISOString();
      const entry: EmulatorRequest = { method: req.method ?? "", path: hideSecrets(path), status: 0, at };
      entries.push(entry);
      byRequest.set(req, entry);
    },
    note(req, note) {
      const entry = byRequest.get(req);
      if (entry) Object.assign(entry, note);
    },
    list: () => entries.map((entry) => ({ ...entry })),
    clear() {
      entries = [];
    },
  };
}

/** A program with a fault may put a token into a path: keys, tokens, secrets and codes have these forms. */
const SECRET_IN_PATH = /agpt_(?!client_)[\w-]+|(?<![\w-])[\w-]{43}(?![\w-])/g;

function hideSecrets(path: string): string {
  return path.replaceAll(SECRET_IN_PATH, "[hidden]");
}
