import type { SignalCounts } from "../../src/types.ts";

/** So many samples and nothing else. */
export function samplesOnly(samples: number): SignalCounts {
  return { samples, histograms: 0, exemplars: 0, metadata: 0 };
}
