/** ISO 8601 as pydantic prints it: six fraction digits, of which three are known, and none at all for zero. */
export function toWire(instant: number): string {
  const iso = new Date(instant).toISOString();
  return instant % 1000 === 0 ? iso.replace(/\.\d{3}Z$/, "Z") : iso.replace(/Z$/, "000Z");
}

/** `str(datetime)` of Python, which the platform puts into one error text. */
export function toPythonText(instant: number): string {
  return toWire(instant).replace("T", " ").replace("Z", "+00:00");
}
