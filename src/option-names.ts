import leven from "leven";
import { showValue } from "./show-value.js";

/** Misspelt by a letter or two, or two that changed places. */
const FARTHEST = 2;

/** One complaint for each option that does not exist, with the one that was most likely meant. */
export function findUnknownOptions(options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no option ${showValue(name)}${suggestName(name, known)}`);
}

/** What goes behind the complaint that a name is unknown: the nearest one, else all that there are. */
export function suggestName(name: string, known: readonly string[]): string {
  const near = known.find((good) => leven(good.toLowerCase(), name.toLowerCase()) <= FARTHEST);
  return near ? `; did you mean ${near}?` : `; there are ${known.join(", ")}.`;
}

/** @throws {TypeError} when `options` is no object, or names what is no option of the function. */
export function checkOptionNames(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`The options of ${of} must be an object with ${known.join(", ")}.`);
  }
  const [mistake] = findUnknownOptions(options, known);
  if (mistake) throw new TypeError(`${of}: ${mistake}`);
}
