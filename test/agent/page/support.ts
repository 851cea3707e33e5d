import { EndpointStats } from "../../../src/stats/endpoint_stats.ts";
import type { EndpointSnapshot } from "../../../src/stats/endpoint_snapshot.ts";
import type { Rates } from "../../../src/agent/page/history.ts";

export const NOW_MS: number = Date.UTC(2026, 10, 30, 12);

/** An endpoint at rest, but for what a test says. */
export function endpointOf(of: Partial<EndpointSnapshot> = {}): EndpointSnapshot {
  const totals = { batches: 0, bytes: 0, signals: 0, uncounted: 0 };
  const stats = new EndpointStats({ nowMs: () => NOW_MS, monotonicMs: () => 0 });
  const plain = stats.snapshot({
    name: "one",
    url: "https://one.example/api/v1/push",
    shards: 2,
    batchCountMax: 1000,
    totals,
  });
  return { ...plain, ...of };
}

/** Nothing moves, but for what a test says. */
export function ratesOf(of: Partial<Rates> = {}): Rates {
  return {
    inPerSecond: 0,
    outPerSecond: 0,
    droppedPerSecond: 0,
    lostPerSecond: 0,
    bestOutPerSecond: 0,
    growthBytesPerSecond: 0,
    ...of,
  };
}
