import type { RateLimit } from "../../api/operation.js";
import type { Scope } from "../../scopes.js";

/** As much of JSON Schema 2020-12 as the two documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
}

export interface Reference {
  readonly $ref: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface ResponseObject {
  readonly description: string;
  readonly content?: Content;
}

export interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
  readonly "x-required-scopes": readonly Scope[];
  readonly "x-conditional-scopes"?: Readonly<Record<string, readonly Scope[]>>;
  readonly "x-rate-limit"?: RateLimit;
}

export const METHODS = ["get", "post", "put", "patch", "delete"] as const;

export type PathItem = Readonly<Partial<Record<(typeof METHODS)[number], OperationObject>>> & {
  readonly parameters?: readonly (Parameter | Reference)[];
};

/** An OpenAPI 3.1 document, as `npm run generate` puts it into `generated/`. */
export interface ApiDocument {
  readonly openapi: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary?: string;
    readonly description?: string;
  };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
  };
}

/** Where a reference within the document leads, for example `#/components/schemas/Run`. */
export function resolve<T extends object>(document: ApiDocument, value: T | Reference): T {
  if (!("$ref" in value) || typeof value.$ref !== "string") return value as T; // no $ref: it is the thing itself
  const [, , kind = "", name = ""] = value.$ref.split("/");
  const components: Readonly<Record<string, Readonly<Record<string, unknown>>>> = document.components;
  const found = components[kind]?.[name];
  if (found === undefined) throw new Error(`The document has no ${value.$ref}`);
  return found as T; // the kind in the reference is the kind of thing that stands there
}
