/** What docs/format.md says of the parts of a batch, slowly. */
import { hashOf, hashOfBytes } from "./labels.ts";
import { label, utf8 } from "./model.ts";
import type { FileContent, FileRow } from "./walq_v1.ts";
import type { LabelPairs } from "../../support/signals.ts";

const U64 = (1n << 64n) - 1n;

function shifted(number: bigint): bigint {
  return number ^ (number >> 33n);
}

/** The partition of what has this hash. */
export function partitionOfHash(hash: bigint, partitions: number): number {
  const once = (shifted(hash) * 0xff51_afd7_ed55_8ccdn) & U64;
  const twice = (shifted(once) * 0xc4ce_b9fe_1a85_ec53n) & U64;
  return Number(((shifted(twice) >> 32n) * BigInt(partitions)) >> 32n);
}

/** Labels that are sorted. */
export function partitionOf(labels: LabelPairs, partitions: number): number {
  return partitionOfHash(hashOf(labels.map(([name, value]) => label(name, value))), partitions);
}

function homeOf(family: string, partitions: number): number {
  return partitionOfHash(hashOfBytes(utf8(family)), partitions);
}

/** The types that a suffix stands for, as numbers of `MetricMetadata.MetricType`. */
const TYPES_OF_SUFFIX: Readonly<Record<string, readonly number[]>> = {
  total: [1],
  bucket: [3, 4],
  count: [3, 5],
  sum: [3, 5],
  gcount: [4],
  gsum: [4],
  info: [6],
};
const ALL_TYPES = [0, 1, 2, 3, 4, 5, 6, 7];

type Entries = FileContent["metadata"];

/** The family that a series may be of, and the types that it has to have then. */
function leadOf(labels: LabelPairs, entries: Entries): [string, readonly number[]] | undefined {
  const name = labels.find(([label]) => label === "__name__")?.[1] ?? "";
  const isKnown = (family: string): boolean => entries.some((entry) => entry.family === family);
  if (isKnown(name)) return [name, ALL_TYPES];
  const end = name.lastIndexOf("_");
  const types = TYPES_OF_SUFFIX[name.slice(end + 1)];
  return end > 0 && types && isKnown(name.slice(0, end)) ? [name.slice(0, end), types] : undefined;
}

/** The number of the entry that counts for a family where a row is. */
function inForce({ metadata, switches }: FileContent, family: string, row: number): number {
  const isOf = (entry: number): boolean => metadata[entry]!.family === family;
  const last = switches.findLast((one) => one.row <= row && isOf(one.entry));
  return last?.entry ?? metadata.findIndex((entry) => entry.family === family);
}

/** What a batch says of each of its rows: nothing, or one of its entries. */
export function saidOfRows(content: FileContent): (Entries[number] | undefined)[] {
  return content.rows.map(({ labels }, row) => {
    const [family, types] = leadOf(labels, content.metadata) ?? [];
    if (family === undefined) return undefined;
    const entry = content.metadata[inForce(content, family, row)]!;
    return types!.includes(entry.type) ? entry : undefined;
  });
}

/** A part, and what is said of each of its rows. */
export interface TwinPart {
  readonly rows: readonly FileRow[];
  readonly metadata: Entries;
  readonly said: readonly (Entries[number] | undefined)[];
}

/** The parts of a batch, by partition. */
export function partsOf(content: FileContent, partitions: number): Map<number, TwinPart> {
  const { rows, metadata } = content;
  const said = saidOfRows(content);
  const partitionOfRow = rows.map(({ labels }) => partitionOf(labels, partitions));
  const wanted = metadata.map(() => new Set<number>());
  rows.forEach(({ labels }, row) => {
    const [family, types] = leadOf(labels, metadata) ?? [];
    if (family === undefined) return;
    const entry = inForce(content, family, row);
    const isDisputed = metadata.filter((one) => one.family === family).length > 1;
    if (isDisputed || types!.includes(metadata[entry]!.type)) {
      wanted[entry]!.add(partitionOfRow[row]!);
    }
  });
  metadata.forEach(({ family }, entry) => {
    if (wanted[entry]!.size === 0) wanted[entry]!.add(homeOf(family, partitions));
  });
  const parts = new Map<number, TwinPart>();
  for (let partition = 0; partition < partitions; partition++) {
    const isHere = (_: unknown, row: number): boolean => partitionOfRow[row] === partition;
    const part = {
      rows: rows.filter(isHere),
      metadata: metadata.filter((_, entry) => wanted[entry]!.has(partition)),
      said: said.filter(isHere),
    };
    if (part.rows.length + part.metadata.length > 0) parts.set(partition, part);
  }
  return parts;
}
