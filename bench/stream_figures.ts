import type { Figure, Row } from "./comparison.ts";
import type { PartCost, StreamCost } from "./stream_cost.ts";

const MIB = 1024 * 1024;

export function cpuOfPart({ cpuUs, samples }: PartCost): number {
  return cpuUs / samples;
}

export function cpuOfWay({ parts }: StreamCost): number {
  return parts.reduce((sum, part) => sum + cpuOfPart(part), 0);
}

/** What the table of processes has. */
export const PART_FIGURES: readonly Figure<PartCost>[] = [
  { name: "CPU, µs a sample", of: cpuOfPart, digits: 3 },
  { name: "peak RSS, MiB", of: ({ peakRssBytes }) => peakRssBytes / MIB, digits: 0 },
  {
    name: "to storage, bytes a sample",
    of: ({ storageBytes, samples }) => storageBytes / samples,
    digits: 1,
  },
];

/** What the table of whole ways has. */
export const WAY_FIGURES: readonly Figure<StreamCost>[] = [
  { name: "CPU of all, µs a sample", of: cpuOfWay, digits: 3 },
  { name: "samples a message", of: ({ samples, messages }) => ratio(samples, messages), digits: 0 },
  { name: "out a request", of: ({ samples, requestsOut }) => samples / requestsOut, digits: 0 },
  { name: "records a second", of: ({ records, seconds }) => records / seconds, digits: 0 },
  ...([
    ["in", ({ inBytes }) => inBytes],
    ["to NATS", ({ nats }) => nats.inBytes],
    ["between servers", ({ nats }) => nats.betweenBytes],
    ["from NATS", ({ nats }) => nats.outBytes],
    ["out", ({ outBytes }) => outBytes],
    ["into its queue", ({ fileBytes }) => fileBytes],
  ] as const satisfies readonly (readonly [string, (cost: StreamCost) => number])[]).map((
    [name, of],
  ) => ({
    name: `${name}, bytes a sample`,
    of: (cost: StreamCost) => of(cost) / cost.samples,
    digits: 1,
  })),
  { name: "in the stream", of: ({ held }) => ratio(held.bytes, held.samples), digits: 1 },
  { name: "missing", of: ({ missing }) => missing, digits: 0 },
];

/** A row for each process of each way. */
export function partRows(rows: readonly Row<StreamCost>[]): Row<PartCost>[] {
  return rows.flatMap(({ name, costs }) =>
    costs[0]!.parts.map(({ role }, at) => ({
      name: `${name}: ${role}`,
      costs: costs.map(({ parts }) => parts[at]!),
    }))
  );
}

/** 0 of nothing. */
function ratio(of: number, by: number): number {
  return by === 0 ? 0 : of / by;
}
