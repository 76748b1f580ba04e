import type { IncomingMessage } from "node:http";
import { Refusal } from "../answer.js";
import { readBody, takeIn } from "../body.js";
import { SchemaFault } from "../schema.js";
import type { Parameter } from "./document.js";
import type { Match } from "./match-operation.js";
import { toSchemaItems } from "./request-faults.js";

type Values = Readonly<Record<string, unknown>>;

/** A request after its operation's validator has let it through. */
export interface CheckedRequest {
  readonly path: Values;
  readonly query: Values;
  readonly header: Values;
  /** A `File` stands in a multipart body where the document says binary. */
  readonly body: unknown;
}

/**
 * Reads and checks parameters and body.
 *
 * @throws SchemaFault with everything that is wrong; Refusal 400 or 413 for a body that cannot be read
 */
export async function readRequest({ operation, path }: Match, req: IncomingMessage): Promise<CheckedRequest> {
  const search = new URLSearchParams((req.url ?? "").split("?").slice(1).join("?"));
  const raw = {
    path: pick(operation.parameters, "path", (name) => path[name]),
    query: pick(operation.parameters, "query", (name, isList) =>
      // Starlette gives the last of several values.
      isList ? (search.has(name) ? search.getAll(name) : undefined) : search.getAll(name).at(-1),
    ),
    header: pick(operation.parameters, "header", (name) => readHeader(req, name)),
  };
  const body = await readBodyOf(operation.body, req);
  const request = {
    path: coerce(operation.parameters, raw.path),
    query: coerce(operation.parameters, raw.query),
    header: coerce(operation.parameters, raw.header),
    // Null is no body. A file is text to JSON Schema.
    ...(body !== null && { body: operation.body === "multipart" ? nameFiles(body) : body }),
  };
  if (!operation.validate(request)) {
    const echo = { ...raw, ...("body" in request && { body: request.body }) };
    throw new SchemaFault(toSchemaItems(operation.validate.errors ?? [], echo));
  }
  return operation.body === "multipart" ? { ...request, body } : { body: undefined, ...request };
}

function pick(
  parameters: readonly Parameter[],
  place: Parameter["in"],
  read: (name: string, isList: boolean) => unknown,
): Values {
  const own = parameters.filter((parameter) => parameter.in === place);
  const values = own.map(({ name, schema }) => [name, read(name, schema.type === "array")]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function readHeader(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name.toLowerCase()];
  const text = Array.isArray(value) ? value.at(-1) : value;
  return text?.trim() || undefined;
}

/** Text becomes what its schema asks for where it can; where it cannot, the validator says so. */
function coerce(parameters: readonly Parameter[], values: Values): Values {
  const coerced = Object.entries(values).map(([name, value]) => {
    const type = parameters.find((parameter) => parameter.name === name)?.schema.type;
    return [name, typeof value === "string" ? coerceText(type, value) : value];
  });
  return Object.fromEntries(coerced);
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ true: true, t: true, yes: true, y: true, on: true, "1": true },
  ...{ false: false, f: false, no: false, n: false, off: false, "0": false },
};

function coerceText(type: unknown, text: string): unknown {
  if (type === "integer" && /^[-+]?\d+$/.test(text.trim())) return Number(text);
  if (type === "boolean") return BOOLEANS[text.toLowerCase()] ?? text;
  return text;
}

async function readBodyOf(kind: "none" | "json" | "multipart", req: IncomingMessage): Promise<unknown> {
  if (kind === "none") return null;
  return kind === "json" ? readBody(req) : readForm(req);
}

async function readForm(req: IncomingMessage): Promise<Values> {
  const bytes = await takeIn(req);
  const type = req.headers["content-type"] ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) return {};
  try {
    const form = await new Response(new Uint8Array(bytes), { headers: { "Content-Type": type } }).formData();
    return Object.fromEntries(form);
  } catch {
    throw new Refusal(400, "There was an error parsing the body");
  }
}

function nameFiles(form: unknown): Values {
  const fields = Object.entries(form ?? {});
  for (const [name, value] of fields) {
    if (name !== "file" || value instanceof File) continue;
    const msg = "Value error, Expected UploadFile, received: <class 'str'>";
    const ctx = { error: {} };
    throw new SchemaFault([{ type: "value_error", loc: ["body", name], msg, input: value, ctx }]);
  }
  return Object.fromEntries(
    fields.map(([name, value]) => [name, value instanceof File ? value.name : value]),
  );
}
