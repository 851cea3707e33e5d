import type { DecompressZstd, Kernel, LoadableBatch } from "../contracts.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";

/** What is read is thrown away: few requests are made of it. */
const REQUEST_SIGNALS_MAX = 10_000;

/**
 * Tells of batches, read whole, whether all of their signals are older. Metadata is of no time;
 * the reader is made when there is something to read.
 */
export function olderBatches(
  kernel: Kernel,
  beforeMs: number,
  decompressZstd: DecompressZstd | undefined,
): (batch: LoadableBatch) => boolean {
  const makeReader = () =>
    kernel.createReader({
      shards: 1,
      requestSignalsMax: REQUEST_SIGNALS_MAX,
      externalLabels: {},
      uncompressedBytesMax: BATCH_BYTES_MAX,
      message: "prometheus.WriteRequest",
      sends: { histograms: true, exemplars: true, metadata: false },
      metadataCacheSize: 0,
      decompressZstd,
    });
  let reader: ReturnType<typeof makeReader> | undefined;
  return (batch) => {
    reader ??= makeReader();
    const { signals } = reader.load(batch);
    let old = 0;
    let untimed = 0;
    for (;;) {
      const { expired, dropped, fullShard } = reader.route(beforeMs);
      old += expired;
      untimed += dropped.filtered;
      if (reader.openSignals(0) > 0) reader.take(0);
      if (fullShard < 0) return old > 0 && old + untimed === signals;
    }
  };
}
