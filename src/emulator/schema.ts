/** One line of a 422, as pydantic writes it. */
export interface SchemaItem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** A body or query that does not fit its schema. It echoes what was sent, as the platform does. */
export class SchemaFault extends Error {
  override readonly name = "SchemaFault";
  constructor(readonly items: readonly SchemaItem[]) {
    super("The request does not match the API schema");
  }
}

type Loc = SchemaItem["loc"];
type Checked<T> = { readonly value: T; readonly items?: never } | { readonly items: readonly SchemaItem[] };
export interface Rule<T> {
  readonly check: (input: unknown, loc: Loc) => Checked<T>;
  /** What a missing member becomes; without it the member is required. */
  readonly fallback?: { readonly value: T };
}

export type Model = Readonly<Record<string, Rule<unknown>>>;
export type ValueOf<M extends Model> = { -readonly [K in keyof M]: M[K] extends Rule<infer T> ? T : never };

export const text: Rule<string> = {
  check: (input, loc) =>
    typeof input === "string"
      ? { value: input }
      : { items: [{ type: "string_type", loc, msg: "Input should be a valid string", input }] },
};

export const texts: Rule<string[]> = {
  check(input, loc) {
    if (!Array.isArray(input)) {
      return { items: [{ type: "list_type", loc, msg: "Input should be a valid list", input }] };
    }
    const items = input.flatMap((item, index) => text.check(item, [...loc, index]).items ?? []);
    return items.length > 0 ? { items } : { value: input };
  },
};

export function oneOf<const V extends string>(...values: readonly V[]): Rule<V> {
  const expected = values.map((value) => `'${value}'`).join(" or ");
  return {
    check(input, loc) {
      const value = values.find((one) => one === input);
      if (value !== undefined) return { value };
      return {
        items: [{ type: "literal_error", loc, msg: `Input should be ${expected}`, input, ctx: { expected } }],
      };
    },
  };
}

export function withDefault<T>(rule: Rule<T>, value: T): Rule<T> {
  return { ...rule, fallback: { value } };
}

export function orNull<T>(rule: Rule<T>): Rule<T | null> {
  return {
    check: (input, loc) => (input === null ? { value: null } : rule.check(input, loc)),
    fallback: { value: null },
  };
}

/** A whole body against one model: what the code and refresh grants and the code issue have. */
export function checkModel<M extends Model>(model: M, body: unknown, loc: Loc): Checked<ValueOf<M>> {
  if (body === null)
    return { items: [{ type: "missing", loc: ["body"], msg: "Field required", input: null }] };
  if (typeof body !== "object" || Array.isArray(body)) {
    const msg = "Input should be a valid dictionary or object to extract fields from";
    return { items: [{ type: "model_attributes_type", loc, msg, input: body }] };
  }
  // A missing member is reported with the whole body beside it: this is where secrets are echoed.
  return checkMembers(model, { ...body }, loc, body);
}

/** Members declared one by one, as introspection and revocation have them: null counts as missing. */
export function checkParameters<M extends Model>(model: M, body: unknown): Checked<ValueOf<M>> {
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  const given = Object.entries(isObject ? body : {}).filter(([, value]) => value !== null);
  return checkMembers(model, Object.fromEntries(given), ["body"], null);
}

function checkMembers<M extends Model>(
  model: M,
  given: Readonly<Record<string, unknown>>,
  loc: Loc,
  missingInput: unknown,
): Checked<ValueOf<M>> {
  const items: SchemaItem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(model)) {
    const memberLoc = [...loc, name];
    if (!Object.hasOwn(given, name)) {
      if (rule.fallback) values[name] = rule.fallback.value;
      else items.push({ type: "missing", loc: memberLoc, msg: "Field required", input: missingInput });
      continue;
    }
    const checked = rule.check(given[name], memberLoc);
    if (checked.items) items.push(...checked.items);
    else values[name] = checked.value;
  }
  if (items.length > 0) return { items };
  // Safe: each member was checked by its own rule just above.
  return { value: values as ValueOf<M> };
}

export function unwrap<T>(checked: Checked<T>): T {
  if (checked.items) throw new SchemaFault(checked.items);
  return checked.value;
}
