import { type BatchMeta, countIn, type Meta } from "./batch_meta.ts";

/** The name of Alloy's second format, in Meta under `version`. walq reads it and never writes it. */
export const ALLOY_V2 = "alloy.metrics.queue.v2";

/**
 * The count is of records: a sample and its exemplar are one.
 *
 * @throws {WalqError} `CORRUPT`
 */
export function readAlloyV2Meta(meta: Meta): BatchMeta {
  return {
    format: ALLOY_V2,
    compression: meta["compression"] ?? "none",
    signals: countIn(meta, "record_count"),
    checksum: meta["checksum"],
  };
}
