import type { HistogramSnapshot } from "../../stats/histogram.ts";

/** One line of a metric: its labels and its value. */
export interface MetricLine {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the metric's own name: the parts of a histogram. */
  readonly metricName?: string;
}

/** A metric that has no state: its lines are read from a snapshot at every scrape. */
export interface Metric<S> {
  readonly name: string;
  readonly help: string;
  /** A summary here has no quantiles: its sum and its count alone. */
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly read: (snapshot: S) => MetricLine[];
}

/** The lines of a histogram, as the text format wants them. */
export function histogramLines(
  name: string,
  labels: Readonly<Record<string, string>>,
  { boundsSeconds, counts, count, sumSeconds }: HistogramSnapshot,
): MetricLine[] {
  const bucket = (le: string | number, value: number): MetricLine => {
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value };
  };
  return [
    ...boundsSeconds.map((bound, index) => bucket(bound, counts[index] ?? 0)),
    bucket("+Inf", count),
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
