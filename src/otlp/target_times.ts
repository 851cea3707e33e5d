/** When `target_info` is told. */
import type { OtlpMetric } from "./model.ts";
import type { LabelMap } from "./series_labels.ts";
import { byCodeUnits } from "./value_text.ts";

/** Half of what Prometheus looks back, so that a query always finds one. */
const INTERVAL_MS = 150_000;
/**
 * Of the last day and a half: a first point that is far off, by mistake or by intent,
 * would make millions.
 */
const TIMES_MAX = 1_000;

/** The times of one request, where several resources may be one target. */
export class TargetTimes {
  readonly #told = new Map<string, Set<number>>();

  /** From the first point to the last, each time once for the same labels. */
  of(labels: LabelMap, metrics: readonly OtlpMetric[]): number[] {
    const range = rangeOf(metrics);
    if (range === undefined) return [];
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => byCodeUnits(a, b)));
    const told = this.#told.get(key) ?? new Set();
    this.#told.set(key, told);
    const times = timesIn(range).filter((timeMs) => !told.has(timeMs));
    for (const timeMs of times) told.add(timeMs);
    return times;
  }
}

interface Range {
  readonly firstMs: number;
  readonly lastMs: number;
}

function timesIn({ firstMs, lastMs }: Range): number[] {
  const intervals = Math.ceil((lastMs - firstMs) / INTERVAL_MS);
  const times: number[] = [];
  for (let place = Math.max(0, intervals - TIMES_MAX); place < intervals; place++) {
    times.push(firstMs + place * INTERVAL_MS);
  }
  times.push(lastMs);
  return times;
}

/** Undefined where there is no point. */
function rangeOf(metrics: readonly OtlpMetric[]): Range | undefined {
  let firstMs = Infinity;
  let lastMs = 0;
  for (const { data } of metrics) {
    for (const { timeMs } of data.points) {
      firstMs = Math.min(firstMs, timeMs);
      lastMs = Math.max(lastMs, timeMs);
    }
  }
  return firstMs === Infinity ? undefined : { firstMs, lastMs };
}
