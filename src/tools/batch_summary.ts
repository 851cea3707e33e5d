import type { BatchView } from "../contracts.ts";
import type { SignalCounts } from "../types.ts";

/** What is in a batch, in numbers. */
export interface BatchSummary {
  readonly kinds: SignalCounts;
  /** Stale markers, which count as samples, too. */
  readonly staleMarkers: number;
  /** Signals that have a start timestamp. */
  readonly starts: number;
  /** Signals that no format of requests can carry. */
  readonly unsupported: number;
  /** Label sets. */
  readonly series: number;
  /** Of samples and histograms; undefined where there is none. */
  readonly times: { readonly oldestMs: number; readonly newestMs: number } | undefined;
}

/** Looks at every signal. */
export function summarise(view: BatchView): BatchSummary {
  const counts = { sample: 0, histogram: 0, exemplar: 0, unsupported: 0 };
  const sets = new Set<number>();
  let staleMarkers = 0;
  let starts = 0;
  let oldestMs = Infinity;
  let newestMs = -Infinity;
  for (let row = 0; row < view.rows; row++) {
    const kind = view.kindOf(row);
    counts[kind]++;
    if (kind === "unsupported") continue;
    sets.add(view.setOf(row));
    if (view.startMsOf(row) !== 0) starts++;
    if (kind === "exemplar") continue;
    if (kind === "sample" && view.isStale(row)) staleMarkers++;
    const timestampMs = view.timestampMsOf(row);
    if (timestampMs < oldestMs) oldestMs = timestampMs;
    if (timestampMs > newestMs) newestMs = timestampMs;
  }
  return {
    kinds: {
      samples: counts.sample,
      histograms: counts.histogram,
      exemplars: counts.exemplar,
      metadata: view.metadata.length,
    },
    staleMarkers,
    starts,
    unsupported: counts.unsupported,
    series: sets.size,
    times: oldestMs > newestMs ? undefined : { oldestMs, newestMs },
  };
}
