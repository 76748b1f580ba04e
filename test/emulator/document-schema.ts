import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { parse } from "yaml";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** As much of JSON Schema as the answers of /me and /blocks need. */
export function checkAgainstDocument(version: "v1" | "v2", path: string, value: unknown): void {
  const document = parse(readFileSync(`src/api/openapi/${version}.yaml`, "utf8"));
  const schema = document.paths[path].get.responses["200"].content["application/json"].schema;
  expect(faults(document.components.schemas, schema, value, path)).toEqual([]);
}

type Schemas = Readonly<Record<string, Schema>>;

function faults(schemas: Schemas, schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const found = schemas[name];
    return found ? faults(schemas, found, value, at) : [`${at}: no schema ${name}`];
  }
  const found = (schema.allOf ?? []).flatMap((part) => faults(schemas, part, value, at));
  if (schema.anyOf && !schema.anyOf.some((part) => faults(schemas, part, value, at).length === 0)) {
    found.push(`${at}: fits none of anyOf`);
  }
  if (schema.enum && !schema.enum.includes(value)) found.push(`${at}: not in the enum`);
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.includes(typeOf(value, types)))
    found.push(`${at}: is no ${types.join(" or ")}`);
  if (typeof value !== "object" || value === null) return found;
  const members = new Map(Object.entries(value));
  for (const name of schema.required ?? []) if (!members.has(name)) found.push(`${at}.${name}: missing`);
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    if (members.has(name)) found.push(...faults(schemas, part, members.get(name), `${at}.${name}`));
  }
  const { items } = schema;
  if (items && Array.isArray(value)) {
    found.push(...value.flatMap((item, index) => faults(schemas, items, item, `${at}[${index}]`)));
  }
  return found;
}

function typeOf(value: unknown, wanted: readonly string[]): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) && wanted.includes("integer") ? "integer" : typeof value;
}
