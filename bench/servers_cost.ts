import type { ProcessCost } from "./process_cost.ts";

/** Servers do the same work, each its part. */
export function together(costs: readonly ProcessCost[]): ProcessCost & { role: "nats-server" } {
  const sum = (of: (cost: ProcessCost) => number): number =>
    costs.reduce((all, cost) => all + of(cost), 0);
  return {
    role: "nats-server",
    cpuUs: sum(({ cpuUs }) => cpuUs),
    rssBytes: sum(({ rssBytes }) => rssBytes),
    peakRssBytes: Math.max(...costs.map(({ peakRssBytes }) => peakRssBytes)),
    storageBytes: sum(({ storageBytes }) => storageBytes),
  };
}
