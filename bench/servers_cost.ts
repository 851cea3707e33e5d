import type { ProcessCost } from "./process_cost.ts";
import type { PartCost } from "./stream_cost.ts";

/** What processes that do the same work, each its part, have used between two readings. */
export function spent(
  before: readonly ProcessCost[],
  after: readonly ProcessCost[],
): Pick<PartCost, "cpuUs" | "mostCpuUs" | "peakRssBytes" | "storageBytes"> {
  const each = (of: (cost: ProcessCost) => number): number[] =>
    after.map((cost, at) => of(cost) - of(before[at]!));
  const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
  const cpuUs = each((cost) => cost.cpuUs);
  return {
    cpuUs: sum(cpuUs),
    mostCpuUs: Math.max(...cpuUs),
    peakRssBytes: Math.max(...after.map(({ peakRssBytes }) => peakRssBytes)),
    storageBytes: sum(each(({ storageBytes }) => storageBytes)),
  };
}
