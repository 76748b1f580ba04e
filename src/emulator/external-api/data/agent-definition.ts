/** What an emulated agent takes and gives, and how its runs end. */
export interface AgentDefinition {
  readonly name: string;
  readonly description: string;
  readonly instructions: string | null;
  readonly recommended_schedule_cron: string | null;
  /** Input name to its JSON Schema; one without `default` is required. */
  readonly inputs: Readonly<Record<string, InputField>>;
  /** Output name to a text in which `{name}` stands for an input. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly ending: Ending;
  /** What it needs from the user's third-party accounts. */
  readonly credentials: readonly CredentialNeed[];
}

export type Ending =
  | { readonly kind: "completes" }
  /** A block fails with this text. */
  | { readonly kind: "fails"; readonly error: string }
  /** A person is asked; `{payload}` in an output is what they approved. */
  | { readonly kind: "asks"; readonly instructions: string; readonly payload: string };

export interface InputField {
  readonly type: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly title: string;
  readonly description: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
}

export interface CredentialNeed {
  readonly field_name: string;
  readonly provider: string;
  readonly supported_types: readonly ("api_key" | "oauth2" | "user_password" | "host_scoped")[];
  readonly required_scopes: readonly string[];
}

type Optional = "instructions" | "recommended_schedule_cron" | "ending" | "credentials";

export function defineAgent(
  given: Omit<AgentDefinition, Optional> & Partial<Pick<AgentDefinition, Optional>>,
): AgentDefinition {
  return {
    instructions: null,
    recommended_schedule_cron: null,
    ending: { kind: "completes" },
    credentials: [],
    ...given,
  };
}

export function toInputSchema({ inputs }: AgentDefinition) {
  const required = Object.entries(inputs).flatMap(([name, field]) => ("default" in field ? [] : [name]));
  return { type: "object", properties: { ...inputs }, required };
}

export function toOutputSchema({ outputs }: AgentDefinition) {
  const properties = Object.keys(outputs).map((name) => [name, { type: "string", title: toTitle(name) }]);
  return { type: "object", properties: Object.fromEntries(properties), required: Object.keys(outputs) };
}

export function toTitle(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (gap, name: string) => {
    const value = values[name];
    if (value === undefined) return gap;
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

/** The inputs of a run, with the defaults of those that were left out. */
export function withDefaults(
  { inputs }: AgentDefinition,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const defaults = Object.entries(inputs).map(([name, field]) => [name, field.default]);
  return { ...Object.fromEntries(defaults.filter(([, value]) => value !== undefined)), ...given };
}
