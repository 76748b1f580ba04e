import { type Html, html } from "./html.js";

/** One input of an agent, from the JSON Schema that the platform gives for it. */
interface Field {
  name: string;
  label: string;
  description: string;
  type: unknown;
  choices: readonly string[];
  fallback: unknown;
  isRequired: boolean;
}

/** Reads what a form needs from the schema, which comes from outside and may hold anything. */
function readFields(schema: unknown): Field[] {
  const { properties, required } = membersOf(schema);
  return Object.entries(membersOf(properties)).map(([name, given]) => {
    const { title, description, type, enum: choices, default: fallback } = membersOf(given);
    return {
      ...{ name, type, fallback, label: String(title ?? name), description: String(description ?? "") },
      choices: Array.isArray(choices) ? choices.map(String) : [],
      isRequired: Array.isArray(required) && required.includes(name),
    };
  });
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

export function inputFields(schema: unknown): Html[] {
  return readFields(schema).map(
    (field) => html`<p class="field"><label><strong>${field.label}</strong>
<span class="dim">${field.description}</span>
${control(field)}</label></p>
`,
  );
}

function control({ name, type, choices, fallback, isRequired }: Field): Html {
  const required = isRequired ? html` required` : undefined;
  const value =
    fallback === undefined ? "" : typeof fallback === "string" ? fallback : JSON.stringify(fallback);
  if (choices.length > 0) {
    const options = choices.map((choice) =>
      choice === value ? html`<option selected>${choice}</option>` : html`<option>${choice}</option>`,
    );
    return html`<select name="${name}">${options}</select>`;
  }
  const kind = type === "integer" || type === "number" ? "number" : "text";
  return html`<input name="${name}" type="${kind}" value="${value}"${required}>`;
}

/** What the person filled in, in the types of the schema; what was left empty is left to the agent. */
export function readInputs(schema: unknown, form: unknown): Record<string, unknown> {
  const given = membersOf(form);
  const filled = readFields(schema).filter(
    ({ name }) => typeof given[name] === "string" && given[name] !== "",
  );
  return Object.fromEntries(filled.map(({ name, type }) => [name, toType(String(given[name]), type)]));
}

function toType(text: string, type: unknown): unknown {
  if (type === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the platform says what it wants instead
  }
}
