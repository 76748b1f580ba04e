/** Where JSON ends being JSON, in the words and with the counting of Python's decoder. */
export interface JsonFault {
  readonly at: number;
  readonly error: string;
}

class Found extends Error {
  constructor(
    readonly at: number,
    readonly error: string,
  ) {
    super(error);
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD = /null|true|false/y;

/** Finds the fault in a text that JSON.parse has refused; its own message has no position to rely on. */
export function findJsonFault(text: string): JsonFault {
  try {
    const end = skipSpace(text, skipValue(text, skipSpace(text, 0)));
    return { at: codePoints(text, end), error: "Extra data" };
  } catch (found) {
    if (!(found instanceof Found)) throw found;
    return { at: codePoints(text, found.at), error: found.error };
  }
}

function codePoints(text: string, end: number): number {
  return [...text.slice(0, end)].length;
}

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function skipSpace(text: string, at: number): number {
  return match(SPACE, text, at) ?? at;
}

function skipValue(text: string, at: number): number {
  if (text[at] === '"') return skipString(text, at);
  if (text[at] === "{") return skipObject(text, at);
  if (text[at] === "[") return skipArray(text, at);
  const end = match(WORD, text, at) ?? match(NUMBER, text, at);
  if (end === undefined) throw new Found(at, "Expecting value");
  return end;
}

function skipObject(text: string, start: number): number {
  let at = skipSpace(text, start + 1);
  if (text[at] === "}") return at + 1;
  for (;;) {
    if (text[at] !== '"') throw new Found(at, "Expecting property name enclosed in double quotes");
    at = skipSpace(text, skipString(text, at));
    if (text[at] !== ":") throw new Found(at, "Expecting ':' delimiter");
    at = skipSpace(text, skipValue(text, skipSpace(text, at + 1)));
    if (text[at] === "}") return at + 1;
    if (text[at] !== ",") throw new Found(at, "Expecting ',' delimiter");
    at = skipSpace(text, at + 1);
  }
}

function skipArray(text: string, start: number): number {
  let at = skipSpace(text, start + 1);
  if (text[at] === "]") return at + 1;
  for (;;) {
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === "]") return at + 1;
    if (text[at] !== ",") throw new Found(at, "Expecting ',' delimiter");
    at = skipSpace(text, at + 1);
  }
}

function skipString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === '"') return at + 1;
    if (character < " ") throw new Found(at, "Invalid control character at");
    if (character !== "\\") continue;
    const escaped = text[at + 1] ?? "";
    if (escaped === "u" && !/^[\da-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) {
      throw new Found(at + 1, "Invalid \\uXXXX escape");
    }
    if (escaped !== "" && !'"\\/bfnrtu'.includes(escaped)) throw new Found(at, "Invalid \\escape");
    at += 1;
  }
  throw new Found(start, "Unterminated string starting at");
}
