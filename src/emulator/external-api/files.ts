import { randomUUID } from "node:crypto";
import type { v2 } from "../../api/schema.js";
import { notFound, Refusal } from "../answer.js";
import { toWire } from "../datetime.js";
import { type Caller, type Handlers, RawAnswer } from "./call.js";
import { readPage } from "./page.js";
import { signDownload, toDownload } from "./storage.js";

type Schemas = v2.components["schemas"];

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly mime_type: string;
  readonly bytes: Uint8Array;
  readonly created_at: number;
}

/** The platform's own limit is not known; that of media is 10 MB (external-api-v2.md). */
export const MOST_FILE_BYTES = 10_000_000;

function toFile(file: StoredFile): Schemas["WorkspaceFile"] {
  const { id, name, path, mime_type, bytes } = file;
  const at = toWire(file.created_at);
  return { id, name, path, mime_type, size_bytes: bytes.length, created_at: at, updated_at: at };
}

function findFile({ workspace }: Pick<Caller, "workspace">, id: string): StoredFile {
  const file = workspace.files.get(id);
  if (!file) throw notFound();
  return file;
}

export const fileHandlers: Handlers<v2.operations> = {
  listFiles(call) {
    const page = readPage([...call.workspace.files.values()].toReversed(), call.query);
    return { ...page, items: page.items.map(toFile) };
  },

  getFile: (call) => toFile(findFile(call, call.path.file_id)),

  deleteFile(call) {
    call.workspace.files.delete(findFile(call, call.path.file_id).id);
    return undefined;
  },

  async uploadFile(call) {
    const { files } = call.workspace;
    const { file } = call.body;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (bytes.length > MOST_FILE_BYTES) throw new Refusal(413, `A file may have ${MOST_FILE_BYTES} bytes`);
    const path = `/${file.name}`;
    const taken = [...files.values()].find((other) => other.path === path);
    if (taken && !call.query.overwrite) throw new Refusal(409, `There is already a file at ${path}`);
    // The content of a path changes, its id with it.
    if (taken) files.delete(taken.id);
    const mime_type = file.type || "application/octet-stream";
    const stored = { id: randomUUID(), name: file.name, path, mime_type, bytes, created_at: call.now };
    files.set(stored.id, stored);
    return { ...toFile(stored), file_uri: `workspace://${stored.id}#${mime_type}` };
  },

  downloadFile(call) {
    const file = findFile(call, call.path.file_id);
    if (!call.platform.settings.download_redirects) return new RawAnswer(toDownload(file));
    const headers = { Location: signDownload(call.platform, call.host, file) };
    return new RawAnswer({ status: 302, headers });
  },

  async uploadSubmissionMedia(call) {
    const { file } = call.body;
    if (file.size > MOST_FILE_BYTES) throw new Refusal(400, `Media may have ${MOST_FILE_BYTES} bytes`);
    return { url: `https://storage.example.com/media/${randomUUID()}/${encodeURIComponent(file.name)}` };
  },
};
