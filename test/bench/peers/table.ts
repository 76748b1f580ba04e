import type { StormCost } from "./refresh-storm.js";
import type { RequestCost } from "./request-cost.js";
import type { RouterCost } from "./router-cost.js";
import type { PeerFigures } from "./run.js";

/** The figures as the README's tables. */
export function toMarkdown(figures: PeerFigures): string {
  const { machine, amounts, versions, requests, router, storm, stormWithReuseDetection } = figures;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Node ${machine.node}, ${machine.cores} cores (${machine.cpu}); medians of ${amounts.rounds} rounds of ${amounts.requests} requests.`,
    `${named.join(", ")}.`,
    requestTable(requests),
    routerTable(router),
    stormTable(storm, stormWithReuseDetection),
  ].join("\n\n");
}

function requestTable(costs: readonly RequestCost[]): string {
  const baseline =
    costs.find(({ name, store }) => name === "express-session" && store === "memory")?.cpu ?? Number.NaN;
  return toTable(
    ["", "sessions in", "CPU per request", "to express-session", "requests per second", "p99"],
    costs
      .toSorted((a, b) => a.cpu - b.cpu)
      .map(({ name, store, cpu, requestsPerSecond, p99 }) => [
        ...[name, store, `${Math.round(cpu)} us`, (cpu / baseline).toFixed(2)],
        ...[String(Math.round(requestsPerSecond)), `${p99.toFixed(1)} ms`],
      ]),
  );
}

function routerTable(costs: readonly RouterCost[]): string {
  return toTable(
    ["sessions and grants in", "without the router", "the router adds", "half of the pairs lie between"],
    costs.map(({ store, without, added, spread }) => [
      ...[store, `${Math.round(without)} us`, `${added.toFixed(1)} us`],
      spread.map((edge) => edge.toFixed(1)).join(" and "),
    ]),
  );
}

function stormTable(storms: readonly StormCost[], withReuseDetection: readonly StormCost[]): string {
  const say = (works: boolean) => (works ? "works" : "signed out");
  return toTable(
    [
      ...["", "sessions in", "failed", "token calls", "the next request", "after the next expiry"],
      "the same with reuse detection",
    ],
    storms.map(({ name, store, requests, failed, tokenCalls, works }, at) => [
      ...[name, store, `${failed} of ${requests}`, String(tokenCalls)],
      ...[say(works.next), say(works.afterNextExpiry)],
      say(withReuseDetection[at]?.works.afterNextExpiry ?? false),
    ]),
  );
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
