import type { Series } from "./series.ts";

/** The rows of a transaction. */
export interface Rows {
  readonly series: readonly Series[];
  /** By row: the time of a sample or histogram, NaN for anything else. */
  readonly timestampsMs: Float64Array;
}

/** What is known of one series that has such exemplars. */
interface Place {
  lastMs: number | undefined;
  waiting: number[];
}

const latin1 = new TextDecoder("latin1");

/**
 * The time of the sample or histogram that each of these exemplars comes with: the
 * last one of its series before it, or else the first behind it, as in a request of
 * remote write 2.0 (asm/requests/exemplar_links.ts). An exemplar that comes alone has none.
 */
export function exemplarTimes(
  { series, timestampsMs }: Rows,
  exemplars: ReadonlyMap<number, unknown>,
): Map<number, number> {
  // By content: a label set in another order, or one that was evicted, has another reference.
  const keys = new Map<Series, string>();
  const keyOf = (one: Series): string => {
    const known = keys.get(one);
    if (known !== undefined) return known;
    const key = latin1.decode(one.labels);
    keys.set(one, key);
    return key;
  };
  const places = new Map<string, Place>();
  for (const row of exemplars.keys()) {
    places.set(keyOf(series[row]!), { lastMs: undefined, waiting: [] });
  }
  const times = new Map<number, number>();
  for (const [row, one] of series.entries()) {
    const place = places.get(keyOf(one));
    if (place === undefined) continue;
    if (exemplars.has(row)) {
      if (place.lastMs === undefined) place.waiting.push(row);
      else times.set(row, place.lastMs);
    } else if (!Number.isNaN(timestampsMs[row])) {
      const timeMs = timestampsMs[row]!;
      place.lastMs = timeMs;
      for (const waiting of place.waiting.splice(0)) times.set(waiting, timeMs);
    }
  }
  return times;
}
