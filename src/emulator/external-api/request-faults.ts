import type { SchemaItem } from "../schema.js";
import type { ValidationFault } from "./request-validator.js";

type Loc = SchemaItem["loc"];
type Told = Pick<SchemaItem, "type" | "msg" | "ctx">;

/** What a validator found, in the words of pydantic. */
export function toSchemaItems(faults: readonly ValidationFault[], request: unknown): SchemaItem[] {
  const items = faults.map((fault) => toItem(fault, request));
  const texts = items.map((item) => JSON.stringify(item));
  // Two parts of an allOf can find the same fault.
  return items.filter((_item, index) => texts.indexOf(texts[index] ?? "") === index);
}

function toItem({ instancePath, keyword, params }: ValidationFault, request: unknown): SchemaItem {
  const { loc, input } = follow(request, instancePath);
  const place = loc[0];
  if (keyword === "required") {
    const missing = String(params.missingProperty);
    const isMember = place === "body";
    return { type: "missing", loc: [...loc, missing], msg: "Field required", input: isMember ? input : null };
  }
  return { ...tell(keyword, params, loc, input), loc, input };
}

/** Goes along a JSON pointer; a step into a list is a number in `loc`. */
function follow(request: unknown, pointer: string): { loc: Loc; input: unknown } {
  const loc: (string | number)[] = [];
  let input: unknown = request;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    loc.push(Array.isArray(input) ? Number(name) : name);
    input = typeof input === "object" && input !== null ? Reflect.get(input, name) : undefined;
  }
  return { loc, input };
}

function tell(keyword: string, params: ValidationFault["params"], loc: Loc, input: unknown): Told {
  switch (keyword) {
    case "type":
      return tellType(params.type, loc);
    case "enum": {
      const expected = toExpected(params.allowedValues);
      return { type: "enum", msg: `Input should be ${expected}`, ctx: { expected } };
    }
    case "const": {
      const expected = toExpected([params.allowedValue]);
      return { type: "literal_error", msg: `Input should be ${expected}`, ctx: { expected } };
    }
    case "minLength":
      return tellLength("string_too_short", "at least", "min_length", params.limit);
    case "maxLength":
      return tellLength("string_too_long", "at most", "max_length", params.limit);
    case "minimum":
      return tellBound("greater_than_equal", "greater", "ge", params.limit);
    case "maximum":
      return tellBound("less_than_equal", "less", "le", params.limit);
    case "pattern": {
      const { pattern } = params;
      return {
        type: "string_pattern_mismatch",
        msg: `String should match pattern '${pattern}'`,
        ctx: { pattern },
      };
    }
    case "format": {
      const error = "invalid character in year";
      const msg = `Input should be a valid datetime or date, ${error}`;
      return { type: "datetime_from_date_parsing", msg, ctx: { error } };
    }
    case "discriminator":
      return tellTag(params, input);
    default:
      return { type: "value_error", msg: "Value error", ctx: { error: keyword } };
  }
}

const NAMES: Readonly<Record<string, readonly [type: string, name: string]>> = {
  string: ["string_type", "string"],
  integer: ["int_type", "integer"],
  number: ["float_type", "number"],
  boolean: ["bool_type", "boolean"],
  array: ["list_type", "list"],
  object: ["dict_type", "dictionary"],
};

function tellType(wanted: unknown, loc: Loc): Told {
  const type = [wanted].flat().find((name) => name !== "null");
  const isText = loc[0] !== "body";
  if (isText && type === "integer") {
    const msg = "Input should be a valid integer, unable to parse string as an integer";
    return { type: "int_parsing", msg };
  }
  if (isText && type === "boolean") {
    return { type: "bool_parsing", msg: "Input should be a valid boolean, unable to interpret input" };
  }
  if (type === "object" && loc.length === 1) {
    const msg = "Input should be a valid dictionary or object to extract fields from";
    return { type: "model_attributes_type", msg };
  }
  const [code, name] = NAMES[String(type)] ?? ["value_error", "value"];
  return { type: code, msg: `Input should be a valid ${name}` };
}

function toExpected(values: unknown): string {
  const texts = [values].flat().map((value) => (typeof value === "string" ? `'${value}'` : String(value)));
  const last = texts.pop() ?? "";
  return texts.length > 0 ? `${texts.join(", ")} or ${last}` : last;
}

function tellLength(type: string, words: string, name: string, limit: unknown): Told {
  const msg = `String should have ${words} ${limit} character${limit === 1 ? "" : "s"}`;
  return { type, msg, ctx: { [name]: limit } };
}

function tellBound(type: string, word: string, name: string, limit: unknown): Told {
  return { type, msg: `Input should be ${word} than or equal to ${limit}`, ctx: { [name]: limit } };
}

function tellTag({ tag, tagValue }: ValidationFault["params"], input: unknown): Told {
  const discriminator = `'${tag}'`;
  if (typeof input !== "object" || input === null || tagValue === undefined) {
    const msg = `Unable to extract tag using discriminator ${discriminator}`;
    return { type: "union_tag_not_found", msg, ctx: { discriminator } };
  }
  const msg = `Input tag '${tagValue}' found using ${discriminator} does not match any of the expected tags`;
  return { type: "union_tag_invalid", msg, ctx: { discriminator, tag: tagValue } };
}
