import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { EndpointStats } from "../../src/stats/endpoint_stats.ts";
import type { EndpointSnapshot } from "../../src/stats/endpoint_snapshot.ts";

/** Counters for a stage that is tested alone. */
export class FakeEvents extends EndpointStats {
  constructor() {
    super(new VirtualClock());
  }

  /** What the counters say. */
  counts(): EndpointSnapshot {
    const totals = { batches: 0, bytes: 0, signals: 0, uncounted: 0 };
    return this.snapshot({
      name: "test",
      url: "http://test/",
      shards: 1,
      batchCountMax: 1000,
      totals,
    });
  }
}
