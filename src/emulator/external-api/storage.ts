import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { type Answer, SECURITY_HEADERS, send } from "../answer.js";
import type { Platform } from "../platform.js";
import type { StoredFile } from "./files.js";

export interface SignedDownload {
  readonly file: StoredFile;
  readonly expires_at: number;
}

export const STORAGE_PATH = "/_storage";
const SIGNED_FOR_MS = 60_000;

/**
 * An address of the file on another origin, as with cloud storage: it needs no credential and lives for a
 * minute.
 */
export function signDownload(platform: Platform, host: string, file: StoredFile): string {
  const signature = randomBytes(16).toString("hex");
  platform.downloads.set(signature, { file, expires_at: platform.clock.now() + SIGNED_FOR_MS });
  // The same server under its other name is another origin to every client.
  const other = /^localhost(?=:|$)/i.test(host)
    ? host.replace(/^localhost/i, "127.0.0.1")
    : host.replace(/^(127\.0\.0\.1|\[::1\])/, "localhost");
  return `http://${other}${STORAGE_PATH}/${file.id}?signature=${signature}`;
}

export function toDownload({ bytes, mime_type, name }: StoredFile): Answer {
  const headers = {
    "Content-Type": mime_type,
    "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  };
  return { status: 200, headers, bytes };
}

/** The storage behind signed addresses: it refuses a credential, as S3 does beside a signature. */
export function createStorage(platform: Platform): RequestListener {
  return (req, res) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
    if (req.headers.authorization !== undefined || req.headers["x-api-key"] !== undefined) {
      return send(res, { status: 400, text: "Send no credential with a signed address\n" });
    }
    const signature = new URLSearchParams((req.url ?? "").split("?")[1]).get("signature") ?? "";
    const found = platform.downloads.get(signature);
    if (!found || found.expires_at <= platform.clock.now()) {
      return send(res, { status: 403, text: "The signature is wrong or has expired\n" });
    }
    send(res, toDownload(found.file));
  };
}
