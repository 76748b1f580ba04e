/** A block of TypeScript in a text, padded so that its line numbers are those of the text. */
export interface CodeBlock {
  /** The file it stands in, relative to the checkout. */
  readonly file: string;
  /** Where its fence stands, from 1. */
  readonly line: number;
  readonly lineCount: number;
  readonly code: string;
}

export interface Found {
  readonly blocks: CodeBlock[];
  readonly findings: string[];
}

const FENCE = /^\s*```\s*(\S*)\s*(.*?)\s*$/;
const PRELUDE_START = /^<!--\s*prelude:\s?(.*)$/;

/**
 * The ```ts blocks of a Markdown file. An HTML comment `<!-- prelude: declare const x: X; -->` before a
 * block holds declarations that the block needs and the reader does not.
 */
export function blocksOfMarkdown(file: string, text: string): Found {
  const lines = text.split("\n");
  const found: Found = { blocks: [], findings: [] };
  let prelude: string[] = []; // sparse: stands on the lines where the comment stands
  for (let i = 0; i < lines.length; i++) {
    const start = PRELUDE_START.exec(lines[i] ?? "");
    if (start) {
      const end = lines.findIndex((line, at) => at >= i && line.includes("-->"));
      if (end < 0)
        return { ...found, findings: [...found.findings, `${file}:${i + 1}: prelude without -->`] };
      prelude = [];
      for (let at = i; at <= end; at++) {
        const line = at === i ? (start[1] ?? "") : (lines[at] ?? "");
        prelude[at] = line.replace(/-->.*$/, "");
      }
      i = end;
      continue;
    }
    const fence = FENCE.exec(lines[i] ?? "");
    if (!fence) continue;
    const end = closingFence(lines, i);
    if (isTypeScript(fence[1])) {
      if (fence[2]) found.findings.push(`${file}:${i + 1}: write \`\`\`ts alone, every block is compiled`);
      found.blocks.push(cut(file, lines, i, end, prelude));
      prelude = [];
    }
    i = end;
  }
  return found;
}

/** The ```ts blocks in doc comments; each `@example` must have one. */
export function blocksOfSource(file: string, text: string): Found {
  // Without the comment's own marks the rest reads like Markdown; other lines become empty.
  const lines = text.split("\n").map((line) => /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] ?? "");
  const { blocks, findings } = blocksOfMarkdown(file, lines.join("\n"));
  const bare = lines.flatMap((line, i) => {
    const hasBlock = blocks.some((block) => block.line === i + 2);
    return line.startsWith("@example") && !hasBlock
      ? [`${file}:${i + 1}: @example without a \`\`\`ts block`]
      : [];
  });
  return { blocks, findings: [...findings, ...bare] };
}

function isTypeScript(language: string | undefined): boolean {
  return language === "ts" || language === "typescript";
}

function closingFence(lines: readonly string[], start: number): number {
  const end = lines.findIndex((line, at) => at > start && /^\s*```\s*$/.test(line));
  return end < 0 ? lines.length : end;
}

function cut(
  file: string,
  lines: readonly string[],
  start: number,
  end: number,
  prelude: string[],
): CodeBlock {
  const padded = Array.from({ length: start + 1 }, (_, at) => prelude[at] ?? "");
  const code = [...padded, ...lines.slice(start + 1, end), ""].join("\n");
  return { file, line: start + 1, lineCount: end - start - 1, code };
}
