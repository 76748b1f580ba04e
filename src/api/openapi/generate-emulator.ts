// The part of `npm run generate` for the emulator: the documents, and one validator for each operation.
import { _, Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import {
  type ApiDocument,
  METHODS,
  type OperationObject,
  type Parameter,
  type PathItem,
  resolve,
} from "../../emulator/external-api/document.js";
import { requestFormats } from "../../emulator/external-api/request-formats.js";

const FOLDER = "src/emulator/external-api/generated";

/** File name to text. The same documents always give the same texts. */
export function printEmulatorFiles(
  documents: Readonly<Record<string, object>>,
  header: string,
): Readonly<Record<string, string>> {
  const versions = Object.entries(documents).map(([version, document]) => {
    // Safe: the documents are ours, and openapi-typescript has just refused what is no OpenAPI 3.1.
    return [version, document as ApiDocument] as const;
  });
  return Object.fromEntries([
    ...versions.map(([version, document]) => [`${FOLDER}/${version}.ts`, header + printDocument(document)]),
    [`${FOLDER}/validators.ts`, header + printValidators(versions)],
  ]);
}

/** No JSON module, because Node 20 warns about those; one line for each operation and component. */
function printDocument(document: ApiDocument): string {
  const text = printMembers(document, 3);
  return `// @ts-nocheck: it holds more than ApiDocument reads
import type { ApiDocument } from "../document.js";

export const document: ApiDocument = ${text};
`;
}

function printMembers(value: unknown, depth: number): string {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (depth === 0 || !isMap) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${printMembers(member, depth - 1)}`,
  );
  return `{\n${members.join(",\n")}\n}`;
}

/**
 * Ajv as a program without Ajv. TypeScript without its checks, so that `tsc -p src` puts it into dist and
 * declares only the one export.
 */
function printValidators(versions: readonly (readonly [string, ApiDocument])[]): string {
  const ajv = new Ajv2020({
    allErrors: true,
    discriminator: true,
    messages: false,
    strict: false,
    useDefaults: true,
    code: { source: true, esm: true, formats: _`requestFormats` },
    formats: { ...requestFormats, binary: true },
  });
  const names: Record<string, string> = {};
  const namesBySchema = new Map<string, string>();
  for (const [version, document] of versions) {
    ajv.addSchema(withPlainTags({ $id: version, components: { schemas: document.components.schemas } }));
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of METHODS) {
        const operation = item[method];
        if (!operation) continue;
        const schema = toRequestSchema(version, document, item, operation);
        // Most lists take the same parameters: they share a validator.
        const name = namesBySchema.get(schema) ?? `validate_${version}_${operation.operationId}`;
        if (!namesBySchema.has(schema)) ajv.addSchema(JSON.parse(schema), name);
        namesBySchema.set(schema, name);
        names[`${method.toUpperCase()} /${version}${path}`] = name;
      }
    }
  }
  const source = standalone
    .default(ajv, Object.fromEntries([...namesBySchema.values()].map((name) => [name, name])))
    .replace(/^"use strict";/, "")
    .replaceAll("export const validate_", "\nconst validate_")
    .replaceAll('require("ajv/dist/runtime/ucs2length").default', "countCodePoints")
    .replaceAll(/schemaPath:"[^"]*",/g, "")
    .replaceAll(/;(?=function |const (?:schema|func|formats|pattern)\d)/g, ";\n");
  const code = dropUnusedSchemas(source);
  if (/\brequire\(|\bexport\b/.test(code))
    throw new Error("A validator needs more than request-formats.ts has");
  const table = Object.entries(names).map(([key, name]) => `  ${JSON.stringify(key)}: ${name},\n`);
  return `// @ts-nocheck: the output of Ajv's standalone mode
import { countCodePoints, requestFormats } from "../request-formats.js";
import type { RequestValidator } from "../request-validator.js";

${code.trim()}

/** By method and path, for example \`"GET /v2/me"\`. */
export const validators: Readonly<Record<string, RequestValidator>> = {
${table.join("")}};
`;
}

/** Ajv prints every schema it has read; only those that an `enum` is looked up in are needed. */
function dropUnusedSchemas(code: string): string {
  const lines = code.split("\n").filter((line) => {
    const [, name] = /^const (schema\d+) = /.exec(line) ?? [];
    return name === undefined || code.split(new RegExp(`\\b${name}\\b`)).length > 2;
  });
  return lines.join("\n");
}

/** One schema for all of a request: `{ path, query, header, body }`. */
function toRequestSchema(
  version: string,
  document: ApiDocument,
  item: PathItem,
  { parameters = [], requestBody }: OperationObject,
): string {
  const all = [...(item.parameters ?? []), ...parameters].map((p) => resolve<Parameter>(document, p));
  const groups = (["path", "query", "header"] as const).flatMap((place) => {
    const own = all.filter((parameter) => parameter.in === place && canBeWrong(parameter));
    if (own.length === 0) return [];
    const required = own.filter((parameter) => parameter.required).map(({ name }) => name);
    const properties = Object.fromEntries(own.map(({ name, schema }) => [name, schema]));
    return [[place, { type: "object", required, properties }]];
  });
  const [content] = Object.values(requestBody?.content ?? {});
  const schema = {
    type: "object",
    required: requestBody?.required ? ["body"] : [],
    properties: { ...Object.fromEntries(groups), ...(content && { body: content.schema }) },
  };
  // References are within the document; here they lead to the schema that holds its components.
  return JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${version}#/`);
}

/** Any text will do for most: a parameter is always text, and one in the path is always there. */
function canBeWrong({ in: place, required, schema }: Parameter): boolean {
  const isAnyText = Object.keys(schema).length === 1 && schema.type === "string";
  return !isAnyText || (required === true && place !== "path");
}

/**
 * Ajv knows no `mapping`, which only repeats the `const` of each alternative here; and to it what is no object
 * has no tag to be wrong.
 */
function withPlainTags(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema, (_name, value) =>
      value?.discriminator
        ? { ...value, type: "object", discriminator: { propertyName: value.discriminator.propertyName } }
        : value,
    ),
  );
}
