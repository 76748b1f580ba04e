import escapeHtml from "escape-html";

/** Markup that is safe to send: only `html` makes it, and `html` escapes every value put into it. */
export class Html {
  constructor(readonly markup: string) {}
}

type Content = string | number | Html | readonly Html[] | undefined;

/** Use it as a tag: html`<p>${name}</p>`. Names and messages from outside are then never markup. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.reduce((before, after, index) => before + toMarkup(values[index - 1]) + after));
}

function toMarkup(value: Content): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(toMarkup).join("");
  return escapeHtml(String(value));
}
