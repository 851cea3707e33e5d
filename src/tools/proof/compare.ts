import type { LabelPair } from "../../contracts.ts";
import type { ExpectedMetric, ExpectedSeries, TimeWindow } from "./expected_samples.ts";
import { keyOf } from "./sent_series.ts";

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Of how many samples a receiver knows, by the keys of series. */
export type FoundCounts = ReadonlyMap<string, number>;

/** A series of which a receiver has fewer samples in a window than it got. */
export interface MissingSamples {
  readonly metric: string;
  readonly labels: readonly LabelPair[];
  readonly window: TimeWindow;
  readonly expected: number;
  readonly found: number;
}

/** Asks a receiver how many samples it has of each series of a metric in a window. */
export function countQuery(
  metric: string,
  series: ExpectedMetric,
  { afterMs, untilMs }: TimeWindow,
): { readonly query: string; readonly timeSeconds: string } {
  const matchers = [`__name__=${quoted(metric)}`, ...commonLabels(series).map(matcher)];
  return {
    query: `count_over_time({${matchers.join(",")}}[${untilMs - afterMs}ms])`,
    timeSeconds: (untilMs / 1000).toFixed(3),
  };
}

/** A vector of the answer, by the keys of series. @param ignored labels that the receiver has added */
export function countsOf(
  vector: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[],
  ignored: ReadonlySet<string>,
): FoundCounts {
  const counts = new Map<string, number>();
  for (const { metric, value } of vector) {
    const key = keyOf(Object.entries(metric).filter(([name]) => !ignored.has(name)));
    // Copies of one series, told apart by such a label: the fullest one counts.
    counts.set(key, Math.max(value, counts.get(key) ?? 0));
  }
  return counts;
}

/** What is missing of a metric in a window. */
export function missingOf(
  series: ExpectedMetric,
  counts: FoundCounts,
  window: TimeWindow,
): MissingSamples[] {
  return [...series.values()].flatMap(({ series: { metric, labels, key }, times }) => {
    const found = counts.get(key) ?? 0;
    return found >= times.size ? [] : [{ metric, labels, window, expected: times.size, found }];
  });
}

/** What all series have in common: others of the metric are not asked for. */
function commonLabels(series: ExpectedMetric): LabelPair[] {
  let common: readonly LabelPair[] | undefined;
  for (const { series: { labels } } of series.values()) {
    common = common === undefined ? labels : inBoth(common, labels);
    if (common.length === 0) break;
  }
  return (common ?? []).filter(([name]) => PLAIN_NAME.test(name));
}

function inBoth(
  common: readonly LabelPair[],
  labels: ExpectedSeries["series"]["labels"],
): LabelPair[] {
  const own = new Map(labels);
  return common.filter(([name, value]) => own.get(name) === value);
}

function matcher([name, value]: LabelPair): string {
  return `${name}=${quoted(value)}`;
}

/** As PromQL has strings: what JSON escapes, it does, too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
