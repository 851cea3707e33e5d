import type { GivenHistogram, GivenMetric, GivenPoint, GivenResourceMetrics } from "./shapes.ts";

/** Series that are made of one slice, nearly. */
const SERIES_MAX = 2_000;

/**
 * A collection in slices, so that the application has its turn between them. One that is
 * small is one slice, also if it is empty.
 */
export function* slicesOf({ resource, scopeMetrics }: GivenResourceMetrics): Generator<
  GivenResourceMetrics
> {
  let scopes: { scope: typeof scopeMetrics[number]["scope"]; metrics: GivenMetric[] }[] = [];
  let series = 0;
  for (const { scope, metrics } of scopeMetrics) {
    scopes.push({ scope, metrics: [] });
    for (const metric of metrics) {
      let from = 0;
      const take = (to: number): void => {
        scopes.at(-1)!.metrics.push({ ...metric, dataPoints: metric.dataPoints.slice(from, to) });
        from = to;
      };
      for (const [place, point] of metric.dataPoints.entries()) {
        series += seriesIn(point);
        if (series < SERIES_MAX) continue;
        take(place + 1);
        yield { resource, scopeMetrics: scopes };
        [scopes, series] = [[{ scope, metrics: [] }], 0];
      }
      if (from < metric.dataPoints.length || metric.dataPoints.length === 0) {
        take(metric.dataPoints.length);
      }
    }
  }
  yield { resource, scopeMetrics: scopes };
}

function seriesIn({ value }: GivenPoint): number {
  const buckets = (value as Partial<GivenHistogram> | undefined)?.buckets;
  return buckets === undefined ? 1 : buckets.counts.length + 2;
}
