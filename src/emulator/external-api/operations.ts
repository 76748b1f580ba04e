import type { RateLimit } from "../../api/operation.js";
import type { Scope } from "../../scopes.js";
import {
  type ApiDocument,
  METHODS,
  type OperationObject,
  type Parameter,
  type PathItem,
  type ResponseObject,
  resolve,
  type Schema,
} from "./document.js";
import { document as v1 } from "./generated/v1.js";
import { document as v2 } from "./generated/v2.js";
import { validators } from "./generated/validators.js";
import type { RequestValidator } from "./request-validator.js";

export type Version = "v1" | "v2";

export const documents: Readonly<Record<Version, ApiDocument>> = Object.freeze({ v1, v2 });

/** One operation, with everything of the document that its answers depend on. */
export interface Operation {
  readonly id: string;
  readonly version: Version;
  readonly method: string;
  /** Below `/external-api/v2`, for example `/runs/{run_id}`. */
  readonly path: string;
  readonly scopes: readonly Scope[];
  /** Needed on top where `content_types` names the key. */
  readonly conditionalScopes: Readonly<Record<string, readonly Scope[]>>;
  readonly rateLimit: RateLimit | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: "none" | "json" | "multipart";
  readonly validate: RequestValidator;
  readonly success: { readonly status: number; readonly schema: Schema | undefined };
  readonly object: OperationObject;
}

export function readOperations(version: Version): readonly Operation[] {
  const document = documents[version];
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const object = item[method];
      return object ? [toOperation(version, document, path, method, item, object)] : [];
    }),
  );
}

function toOperation(
  version: Version,
  document: ApiDocument,
  path: string,
  method: string,
  item: PathItem,
  object: OperationObject,
): Operation {
  const key = `${method.toUpperCase()} /${version}${path}`;
  const validate = validators[key];
  if (!validate) throw new Error(`There is no validator for ${key}: run \`npm run generate\``);
  const content = object.requestBody?.content ?? {};
  return {
    id: object.operationId,
    version,
    method: method.toUpperCase(),
    path,
    scopes: object["x-required-scopes"],
    conditionalScopes: object["x-conditional-scopes"] ?? {},
    rateLimit: object["x-rate-limit"],
    parameters: [...(item.parameters ?? []), ...(object.parameters ?? [])].map((parameter) =>
      withoutReference(document, resolve<Parameter>(document, parameter)),
    ),
    body: content["application/json"] ? "json" : content["multipart/form-data"] ? "multipart" : "none",
    validate,
    success: readSuccess(document, key, object),
    object,
  };
}

/** Some parameters name an enum of the components. */
function withoutReference(document: ApiDocument, parameter: Parameter): Parameter {
  return { ...parameter, schema: resolve<Schema>(document, parameter.schema) };
}

function readSuccess(document: ApiDocument, key: string, { responses }: OperationObject) {
  const [found] = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  if (!found) throw new Error(`${key} has no answer for success`);
  const [status, response] = found;
  const { content } = resolve<ResponseObject>(document, response);
  return { status: Number(status), schema: content?.["application/json"]?.schema };
}
