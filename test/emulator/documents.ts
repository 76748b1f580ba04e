import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { parse } from "yaml";
import type { Reply } from "./setup.js";

/** An operation as the contract has it, read from the YAML and by none of the emulator's own code. */
export interface ContractOperation {
  readonly version: "v1" | "v2";
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly scopes: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly body: "application/json" | "multipart/form-data" | undefined;
  /** The one status of success that has a schema, or none. */
  readonly success: number;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

// biome-ignore lint/suspicious/noExplicitAny: a document of ours, taken apart right below
const documents: Record<string, any> = Object.fromEntries(
  ["v1", "v2"].map((version) => [version, parse(readFileSync(`src/api/openapi/${version}.yaml`, "utf8"))]),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const [version, document] of Object.entries(documents)) ajv.addSchema(document, version);

export const operations: readonly ContractOperation[] = Object.entries(documents).flatMap(
  ([version, { paths, components }]) =>
    Object.entries<Record<string, never>>(paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => {
        // biome-ignore lint/suspicious/noExplicitAny: part of the document
        const operation: any = item[method];
        // biome-ignore lint/suspicious/noExplicitAny: part of the document
        const parameters: any[] = [...((item.parameters as never) ?? []), ...(operation.parameters ?? [])];
        return {
          version: version as "v1" | "v2",
          id: operation.operationId,
          method: method.toUpperCase(),
          path,
          scopes: operation["x-required-scopes"],
          parameters: parameters.map((p) => (p.$ref ? components.parameters[p.$ref.split("/")[3]] : p)),
          body: Object.keys(operation.requestBody?.content ?? {})[0] as ContractOperation["body"],
          success: Number(Object.keys(operation.responses).find((status) => status.startsWith("2"))),
        };
      }),
    ),
);

/** Fails unless the document has this status for this operation, with a schema that the body fits. */
export function expectToFit(operation: Omit<ContractOperation, "scopes" | "parameters">, reply: Reply): void {
  const { version, id, method, path } = operation;
  const responses = documents[version].paths[path][method.toLowerCase()].responses;
  const found = responses[String(reply.status)];
  expect(found, `${id} answers ${reply.status} ${reply.text}, which is not in the document`).toBeDefined();
  const response = found.$ref ? documents[version].components.responses[found.$ref.split("/")[3]] : found;
  if (!response.content) expect(reply.text).toBe("");
  const schema = response.content?.["application/json"]?.schema;
  if (!schema) return;
  const validate = compile(version, schema);
  validate(reply.json);
  expect(validate.errors ?? [], `${id}: ${reply.text}`).toEqual([]);
}

const compiled = new Map<string, ValidateFunction>();

function compile(version: string, schema: object): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${version}#/`);
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  return validate;
}

/** As `expectToFit`, by method and path. */
export function expectAnswer(version: "v1" | "v2", key: string, reply: Reply): void {
  const operation = operations.find((o) => o.version === version && `${o.method} ${o.path}` === key);
  if (!operation) throw new Error(`The document has no ${version} ${key}`);
  expectToFit(operation, reply);
}
