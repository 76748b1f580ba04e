import { toWire } from "../datetime.js";
import { type ApiDocument, resolve, type Schema } from "./document.js";
import { stableId } from "./stable-id.js";

export interface ExampleContext {
  readonly document: ApiDocument;
  readonly now: number;
}

/** A value that fits a schema, the same for the same instant. */
export function makeExample(context: ExampleContext, schema: Schema, name = ""): unknown {
  return make(context, schema, name, []);
}

/** `outer`: the references above, so that a folder in a folder ends. */
function make(context: ExampleContext, schema: Schema, name: string, outer: readonly string[]): unknown {
  if (schema.$ref !== undefined) {
    const target = resolve<Schema>(context.document, { $ref: schema.$ref });
    return make(context, target, name, [...outer, schema.$ref]);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.allOf) {
    return Object.assign({}, ...schema.allOf.map((part) => make(context, part, name, outer)));
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) {
    // Where null is possible it is what most answers hold.
    if (alternatives.some(({ type }) => type === "null")) return null;
    return make(context, alternatives[0] ?? {}, name, outer);
  }
  return makeOfType(context, schema, name, outer);
}

function makeOfType(context: ExampleContext, schema: Schema, name: string, outer: readonly string[]) {
  switch ([schema.type].flat()[0]) {
    case "string":
      return makeText(schema, name, context.now);
    case "integer":
    case "number":
      return schema.minimum ?? (name === "total_count" ? 1 : 0);
    case "boolean":
      return false;
    case "array":
      return makeList(context, schema.items ?? {}, name, outer);
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, part]) => [key, make(context, part, key, outer)]),
      );
    default:
      return null;
  }
}

function makeList(context: ExampleContext, items: Schema, name: string, outer: readonly string[]): unknown[] {
  if (items.$ref !== undefined && outer.includes(items.$ref)) return [];
  return [make(context, items, name, outer)];
}

const TEXTS: Readonly<Record<string, string>> = {
  avatar: "https://example.com/avatar.png",
  cron: "0 9 * * 1",
  currency: "usd",
  email: "ada@example.com",
  host: "api.example.com",
  provider: "github",
  timezone: "Europe/London",
  username: "ada",
};

function makeText({ format, type, maxLength }: Schema, name: string, now: number): string | null {
  const isNullable = [type].flat().includes("null");
  // A page must not lead on: it would never end. And what may have no time has not happened.
  if (isNullable && (name === "next_cursor" || format !== undefined)) return null;
  if (format === "date-time") return toWire(now);
  if (format === "date") return new Date(now).toISOString().slice(0, "2026-01-01".length);
  if (/(^|_)id$/.test(name)) return stableId(`example ${name}`);
  if (/(^|_)(url|links?|image)$/.test(name)) return `https://example.com/${name}`;
  const known = Object.entries(TEXTS).find(([ending]) => name.endsWith(ending));
  return (known?.[1] ?? `Example ${name.replaceAll("_", " ")}`.trim()).slice(0, maxLength);
}
