import type { IncomingMessage } from "node:http";
import { Refusal } from "./answer.js";
import { findJsonFault } from "./json-fault.js";
import { SchemaFault } from "./schema.js";

/** Far above every JSON body of the contract; only keeps a program with a fault from filling the memory. */
const MOST_TEXT_BYTES = 1_000_000;
/** Room for a file that is larger than it may be, so that the one who checks files can say so. */
const MOST_BYTES = 32_000_000;

const bodies = new WeakMap<IncomingMessage, Promise<Buffer>>();

/** All bytes of the body, which may be asked for again: also after the caller has given up. */
export function takeIn(req: IncomingMessage): Promise<Buffer> {
  const body = bodies.get(req) ?? collect(req);
  bodies.set(req, body);
  return body;
}

async function collect(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of req) {
      if (!(chunk instanceof Buffer)) throw new TypeError("The request stream must give bytes");
      length += chunk.length;
      if (length > MOST_BYTES) throw new Refusal(413, "Request body is too large");
      chunks.push(chunk);
    }
  } catch (error) {
    // The caller went away or its stream failed: no fault of the emulator's, and nobody is left to read an answer.
    if (isCutOff(error)) throw new Refusal(400, "The request ended before its body did");
    throw error;
  }
  return Buffer.concat(chunks);
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}

export async function readText(req: IncomingMessage): Promise<string> {
  const body = await takeIn(req);
  if (body.length > MOST_TEXT_BYTES) throw new Refusal(413, "Request body is too large");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Refusal(400, "There was an error parsing the body");
  }
}

/**
 * The body as FastAPI sees it: JSON where the media type says so or says nothing, raw text otherwise, and
 * `null` when there is none.
 */
export async function readBody(req: IncomingMessage): Promise<unknown> {
  const text = await readText(req);
  if (text === "") return null;
  if (!isJson(req.headers["content-type"])) return text;
  try {
    return JSON.parse(text);
  } catch {
    const { at, error } = findJsonFault(text);
    throw new SchemaFault([
      { type: "json_invalid", loc: ["body", at], msg: "JSON decode error", input: {}, ctx: { error } },
    ]);
  }
}

function isJson(contentType: string | undefined): boolean {
  const [mediaType = ""] = (contentType ?? "").split(";", 1);
  return !contentType || /^application\/(?:json|[^/\s]+\+json)$/i.test(mediaType.trim());
}
