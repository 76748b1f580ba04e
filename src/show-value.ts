/** No scope and no option has a longer name; a secret is longer. */
const LONGEST_NAME = 24;

/** Whether a value can be repeated in an error: a secret may have been pasted into any option. */
export function looksLikeName(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= LONGEST_NAME &&
    /^[\w$.:-]+$/.test(value) &&
    !value.startsWith("agpt_")
  );
}

/** A wrong value as an error may show it: itself when it looks like a name, else what it is. */
export function showValue(value: unknown): string {
  if (looksLikeName(value)) return value;
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
