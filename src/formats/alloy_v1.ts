import type { EncodedBatch } from "../contracts.ts";
import { type BatchMeta, countIn, type Meta } from "./batch_meta.ts";

/** The name of Alloy's first format, in Meta under `version`. */
export const ALLOY_V1 = "alloy.metrics.queue.v1";

/** Meta of a batch: the keys of grafana/walqueue, and walq's checksum. */
export function alloyV1Meta(batch: EncodedBatch): Meta {
  return {
    version: batch.format,
    compression: batch.compression,
    series_count: String(batch.series),
    meta_count: String(batch.metadata),
    strings_count: String(batch.strings),
    checksum: batch.checksum,
  };
}

/** @throws {WalqError} `CORRUPT` */
export function readAlloyV1Meta(meta: Meta): BatchMeta {
  return {
    format: ALLOY_V1,
    compression: meta["compression"] ?? "none",
    signals: countIn(meta, "series_count") + countIn(meta, "meta_count"),
    checksum: meta["checksum"],
  };
}
