/**
 * What a page says, as the slow twin reads it: every line or message for itself, without
 * memory of pages before. The readers of the formats make these, and `TwinTarget` makes of
 * them what is sent.
 */

/** An exemplar, with its labels as they came. */
export interface TwinExemplar {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  readonly timestampMs: bigint | undefined;
}

/** A native histogram. Buckets are counts by their index, in ascending order and without empty ones. */
export interface TwinHistogram {
  readonly isFloat: boolean;
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: readonly (readonly [index: number, count: number])[];
  readonly negative: readonly (readonly [index: number, count: number])[];
  readonly isGauge: boolean;
  readonly bounds: readonly number[];
}

/** A sample or a histogram. */
export interface TwinSample {
  /** What stands for the series: the text of its name and labels, or something as unique. */
  readonly key: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number | TwinHistogram;
  readonly timestampMs: bigint | undefined;
  readonly startMs: bigint;
  readonly exemplars: readonly TwinExemplar[];
}

export interface TwinFamily {
  type: string;
  help: string;
  unit: string;
  /** The lines that say it. */
  readonly said: readonly string[];
}

export interface TwinPage {
  readonly samples: readonly TwinSample[];
  readonly families: ReadonlyMap<string, TwinFamily>;
}

/** The family with this name, to be filled. */
export function familyIn(
  families: Map<string, TwinFamily>,
  name: string,
  line: string,
): TwinFamily {
  const known = families.get(name) ?? { type: "unknown", help: "", unit: "", said: [] };
  const family = { ...known, said: [...known.said, line] };
  families.set(name, family);
  return family;
}

/** The page is refused. */
export class TwinRefusal extends Error {}
