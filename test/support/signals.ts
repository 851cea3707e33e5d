/** What a request says, in a plain form that is the same for both versions and can be compared. */

/** Doubles are their bits: a NaN keeps its payload. */
export interface HistogramForm {
  readonly isFloat: boolean;
  readonly count: bigint;
  readonly sum: bigint;
  readonly schema: number;
  readonly zeroThreshold: bigint;
  readonly zeroCount: bigint;
  readonly negativeSpans: readonly (readonly [offset: number, length: number])[];
  readonly negative: readonly bigint[];
  readonly positiveSpans: readonly (readonly [offset: number, length: number])[];
  readonly positive: readonly bigint[];
  readonly resetHint: number;
  readonly customValues: readonly bigint[];
}

export type LabelPairs = readonly (readonly [name: string, value: string])[];

export type Signal =
  | {
    readonly kind: "sample";
    readonly timestampMs: bigint;
    readonly startMs: bigint;
    readonly bits: bigint;
  }
  | {
    readonly kind: "histogram";
    readonly timestampMs: bigint;
    readonly startMs: bigint;
    readonly histogram: HistogramForm;
  }
  | {
    readonly kind: "exemplar";
    readonly timestampMs: bigint;
    readonly bits: bigint;
    readonly exemplarLabels: LabelPairs;
  };

/** The signals of one series, in order. */
export interface SeriesForm {
  readonly labels: LabelPairs;
  readonly signals: readonly Signal[];
  /** In 2.0 only. */
  readonly metadata?: MetadataForm;
}

export interface MetadataForm {
  readonly family: string;
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

export interface RequestForm {
  readonly series: readonly SeriesForm[];
  /** In 1.0 only. */
  readonly metadata: readonly MetadataForm[];
}
