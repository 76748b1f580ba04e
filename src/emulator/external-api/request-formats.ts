/** What the generated validators need at run time; nothing else may be imported by them. */

/** The length as JSON Schema counts it: code points, not UTF-16 units. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?([Zz]|[-+]\d\d(?::?\d\d)?)?)?$/;

/** ISO 8601 as pydantic takes it for a query parameter: without an offset too, then it is UTC. */
export function parseDateTime(text: string): number | undefined {
  const [, date, time = "00:00", zone = "Z"] = DATE_TIME.exec(text) ?? [];
  if (date === undefined) return undefined;
  const offset = /^[-+]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([-+]\d\d)(\d\d)$/, "$1:$2");
  const instant = Date.parse(`${date}T${time.replace(",", ".")}${offset.toUpperCase()}`);
  return Number.isNaN(instant) ? undefined : instant;
}

export const requestFormats = Object.freeze({
  "date-time": (text: string) => parseDateTime(text) !== undefined,
});
