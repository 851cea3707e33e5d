/** What OpenTelemetry's SDK collects, by its shape. */

/** Seconds since the epoch, and nanoseconds beyond them. */
export type GivenTime = readonly [seconds: number, nanoseconds: number];

/** `ResourceMetrics` of the SDK. */
export interface GivenResourceMetrics {
  /** Who tells. */
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
  /** What its libraries tell. */
  readonly scopeMetrics: readonly GivenScopeMetrics[];
}

/** What one library tells. */
export interface GivenScopeMetrics {
  /** Which one it is. */
  readonly scope: {
    readonly name: string;
    readonly version?: string | undefined;
    readonly schemaUrl?: string | undefined;
  };
  /** Its metrics. */
  readonly metrics: readonly GivenMetric[];
}

/** `MetricData` of the SDK. */
export interface GivenMetric {
  /** What the metric is. */
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
  };
  /** 0 is delta, 1 cumulative. */
  readonly aggregationTemporality: number;
  /** 0 is a histogram, 1 an exponential one, 2 a gauge, 3 a sum. */
  readonly dataPointType: number;
  /** Of sums: whether it only grows. */
  readonly isMonotonic?: boolean;
  /** What was measured. */
  readonly dataPoints: readonly GivenPoint[];
}

/** `DataPoint` of the SDK. */
export interface GivenPoint {
  /** When it began to count. */
  readonly startTime: GivenTime;
  /** When it was collected. */
  readonly endTime: GivenTime;
  /** Its labels. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** A number, or a histogram. */
  readonly value: unknown;
}

/** The value of a point of a histogram. */
export interface GivenHistogram {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
}

/** The value of a point of an exponential histogram. */
export interface GivenExponential {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
  readonly negative: { readonly offset: number; readonly bucketCounts: readonly number[] };
}
