import { randomBytes } from "node:crypto";
import { apiError } from "./api-error.js";
import type { Answer, ApiClient } from "./client-types.js";

/** A file to upload. */
export interface FileToUpload {
  /** What the file is called in the workspace, such as `"report.pdf"`. */
  readonly name: string;
  /** A stream is sent as it comes and cannot be sent twice; `await openAsBlob(path)` of node:fs can. */
  readonly content: Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  /** The media type; default: the Blob's, else `application/octet-stream`. */
  readonly type?: string | undefined;
}

/** What the platform says of an uploaded file: `file_uri` is what a run takes as input. */
export type UploadedFile = Answer<"post", "/v2/files/upload">;

/**
 * Uploads a file to the user's workspace. A stream is sent as it comes, without holding all of it in memory.
 *
 * @throws {ApiError} 409 when the name is taken and `overwrite` was not asked for, 413 when it is too large.
 *
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { createApiClient, uploadFile } from "express-autogpt";
 *
 * const { file_uri } = await uploadFile(createApiClient(), {
 *   name: "report.pdf",
 *   type: "application/pdf",
 *   content: createReadStream("report.pdf"),
 * });
 * ```
 */
export async function uploadFile(
  api: ApiClient<"WRITE_FILES">,
  { name, content, type }: FileToUpload,
  { overwrite = false, signal }: { overwrite?: boolean; signal?: AbortSignal } = {},
): Promise<UploadedFile> {
  const stopped = new AbortController();
  const signals = AbortSignal.any([stopped.signal, ...(signal ? [signal] : [])]);
  const form = content instanceof Blob ? formOf(name, content, type) : streamOf(name, content, type, stopped);
  try {
    const { data, error, response } = await api.POST("/v2/files/upload", {
      params: { query: { overwrite } },
      ...form,
      signal: signals,
    });
    if (!data) throw apiError("POST /v2/files/upload", response, error);
    return data;
  } finally {
    stopped.abort(); // closes the file, though nothing of it may have been asked for
  }
}

/** The document has the file as text, as OpenAPI writes binary parts; what is sent is made by the serializer. */
const BODY = { file: "" };

function formOf(name: string, content: Blob, type = content.type) {
  const form = new FormData();
  form.set("file", type === content.type ? content : content.slice(0, content.size, type), name);
  return { body: BODY, bodySerializer: () => form };
}

/** Multipart by hand (RFC 7578), because FormData takes no stream. What the stream fails with is thrown as it is. */
function streamOf(
  name: string,
  content: AsyncIterable<Uint8Array>,
  type = "application/octet-stream",
  stopped: AbortController,
) {
  const boundary = randomBytes(24).toString("base64url");
  const quoted = name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  if (!/^[\x20-\x7e]+$/.test(type))
    throw new TypeError('type must be a media type, such as "application/pdf".');
  const source = iterate(content);
  // Asked for at once: a Node stream that fails while nobody listens ends the process.
  const first = source.next();
  first.catch((error: unknown) => stopped.abort(error));
  stopped.signal.addEventListener("abort", () => void source.return?.().catch(() => {}));
  async function* parts(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    yield encoder.encode(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted}"\r\nContent-Type: ${type}\r\n\r\n`,
    );
    try {
      for (let next = await first; !next.done; next = await source.next()) yield checkChunk(next.value);
    } catch (error) {
      stopped.abort(error);
      throw error;
    }
    yield encoder.encode(`\r\n--${boundary}--\r\n`);
  }
  return {
    body: BODY,
    bodySerializer: () => ReadableStream.from(parts()),
    headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` },
    duplex: "half" as const,
    once: true,
  };
}

const BYTES = "content must be a Blob or a stream of bytes, without an encoding.";

function iterate(content: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  if (typeof Object(content)[Symbol.asyncIterator] !== "function") throw new TypeError(BYTES);
  return content[Symbol.asyncIterator]();
}

function checkChunk(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(BYTES);
}

/** A file on its way here. */
export interface DownloadedFile {
  /** What is in it, as it comes; read it or cancel it. */
  readonly content: ReadableStream<Uint8Array>;
  /** The media type, as the answer says. */
  readonly type: string;
  /** The size in bytes, where the answer says. */
  readonly size: number | undefined;
}

/**
 * Downloads a file of the user's workspace as a stream. Where the platform redirects to its storage, the access
 * token stays here.
 *
 * @throws {ApiError} when there is no such file.
 * @throws {TypeError} for a `file_uri` where the file's ID belongs.
 *
 * @example
 * ```ts
 * import { createApiClient, downloadFile } from "express-autogpt";
 *
 * const { content, type } = await downloadFile(createApiClient(), "file-id");
 * for await (const chunk of content) process.stdout.write(chunk);
 * ```
 */
export async function downloadFile(
  api: ApiClient<"READ_FILES">,
  fileId: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<DownloadedFile> {
  if (/^workspace:/.test(fileId)) {
    throw new TypeError(
      "downloadFile() needs the file's id: in workspace://ID#TYPE, the file_uri, it is ID.",
    );
  }
  const { data, error, response } = await api.GET("/v2/files/{file_id}/download", {
    params: { path: { file_id: fileId } },
    parseAs: "stream",
    ...(signal && { signal }),
  });
  if (!response.ok) throw apiError("GET /v2/files/{file_id}/download", response, error);
  // Of a compressed answer it is the size on the way, and the stream is the file.
  const size = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  return {
    content: data ?? new Blob([]).stream(), // openapi-fetch hands over none when the file is empty
    type: response.headers.get("content-type") ?? "application/octet-stream",
    size: size === null ? undefined : Number(size),
  };
}
