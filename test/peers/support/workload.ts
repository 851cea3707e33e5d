import type { LabelPairs } from "./write_request.ts";

/** Series of 10 labels, as an exporter of a host has them: some the same for all, some few, one unique. */
export function tenLabels(name: string, id: number): LabelPairs {
  return [
    ["__name__", name],
    ["cluster", "edge-eu-central-1"],
    ["datacenter", `dc-${id % 3}`],
    ["device", `nvme${id % 16}n1`],
    ["environment", "production"],
    ["id", String(id)],
    ["instance", `host-${Math.floor(id / 200)}.example.com:9100`],
    ["job", "node"],
    ["mode", ["idle", "iowait", "system", "user"][id % 4]!],
    ["zone", `zone ${id % 7} - größer`],
  ];
}

/** Ids `[from, from + count)`. */
export function ids(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
