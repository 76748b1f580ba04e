/** What newcomers' apps differ in. */
export const factors = {
  node: ["20", "22", "24", "26"],
  express: ["4", "5"],
  /** Plain modules, `require()`, or TypeScript with that `moduleResolution`. */
  form: ["esm", "commonjs", "nodenext", "bundler"],
  typescript: ["none", "5.9", "7"],
  /** Where the sessions are, and the grants with them. */
  store: ["memory", "redis", "postgres"],
  /** At the root, under a prefix, or under a prefix that nginx strips. */
  mount: ["root", "prefix", "stripped"],
  /** Without a proxy, or behind an nginx that ends TLS; `forgotten` is without `trust proxy` at first. */
  front: ["direct", "tls", "forgotten"],
} as const;

export type Factor = keyof typeof factors;
export type Row = { readonly [F in Factor]: (typeof factors)[F][number] };

// Sixteen are the fewest: each of four Nodes meets each of four forms. A test holds that every pair occurs.
const table = `
  20  4  esm       none  postgres  stripped  forgotten
  20  4  commonjs  none  redis     root      forgotten
  20  4  nodenext  7     memory    prefix    direct
  20  5  bundler   5.9   memory    prefix    tls
  22  5  esm       none  redis     prefix    tls
  22  5  commonjs  none  memory    root      direct
  22  4  nodenext  5.9   memory    stripped  forgotten
  22  5  bundler   7     postgres  stripped  tls
  24  5  esm       none  memory    prefix    direct
  24  5  commonjs  none  postgres  prefix    forgotten
  24  4  nodenext  5.9   redis     stripped  tls
  24  4  bundler   7     redis     root      direct
  26  5  esm       none  redis     root      tls
  26  4  commonjs  none  memory    stripped  tls
  26  5  nodenext  5.9   postgres  root      direct
  26  5  bundler   7     redis     prefix    forgotten
`;

/** The apps that are tried. */
export const rows: readonly Row[] = table.trim().split("\n").map(readRow);

function readRow(line: string): Row {
  const words = line.trim().split(/\s+/);
  const row = Object.entries(factors).map(([factor, levels], column) => {
    const level = levels.find((one) => one === words[column]);
    if (level === undefined) throw new TypeError(`${words[column]} is no ${factor}: ${line}`);
    return [factor, level];
  });
  return Object.fromEntries(row) as Row; // each factor has one of its levels, as was just looked up
}

/** Whether there can be such an app, as far as it is described. */
export function isFeasible({ form, typescript, mount, front }: Partial<Row>): boolean {
  const isTypeScript = form === "nodenext" || form === "bundler";
  const fits = form === undefined || typescript === undefined || isTypeScript === (typescript !== "none");
  return fits && !(mount === "stripped" && front === "direct"); // a prefix needs somebody who strips it
}
