import type { BatchReader, ReaderOptions, RequestBody } from "../src/contracts.ts";

const SHARDS = 4;
/** More than any batch of the benchmarks has. */
export const BYTES_MAX: number = 128 * 1024 * 1024;

/** What the readers of the benchmarks do: requests of 1,000 signals in 1.0. */
export const readerOptions: ReaderOptions = {
  shards: SHARDS,
  requestSignalsMax: 1_000,
  externalLabels: {},
  uncompressedBytesMax: BYTES_MAX,
  message: "prometheus.WriteRequest",
  sends: { histograms: true, exemplars: true, metadata: true },
  metadataCacheSize: 0,
};

/** Routes the batch that such a reader has loaded, and takes all requests, also those that are not full. */
export function drainReader(reader: BatchReader): RequestBody[] {
  const requests: RequestBody[] = [];
  for (;;) {
    const { fullShard } = reader.route(0);
    if (fullShard < 0) break;
    requests.push(reader.take(fullShard));
  }
  for (let shard = 0; shard < SHARDS; shard++) {
    if (reader.openSignals(shard) > 0) requests.push(reader.take(shard));
  }
  return requests;
}
