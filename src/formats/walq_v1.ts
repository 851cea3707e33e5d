import type { EncodedBatch } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { type BatchMeta, countIn, type Meta, metaOfTimes, timesIn } from "./batch_meta.ts";

/** The name of walq's own format, in Meta under `version`; docs/format.md has it byte by byte. */
export const WALQ_V1 = "walq.metrics.v1";

/** Meta of a batch. */
export function walqV1Meta(batch: EncodedBatch): Meta {
  const { samples, histograms, exemplars, metadata } = batch.kinds;
  return {
    version: batch.format,
    compression: batch.compression,
    checksum: batch.checksum,
    samples: String(samples),
    histograms: String(histograms),
    exemplars: String(exemplars),
    metadata: String(metadata),
    ...metaOfTimes(batch),
  };
}

/** @throws {WalqError} `CORRUPT`, also when the checksum is missing. */
export function readWalqV1Meta(meta: Meta): BatchMeta {
  const { compression, checksum } = meta;
  if (compression === undefined) throw missing("compression");
  // Without it a damaged file could pass for a whole one.
  if (checksum === undefined) throw missing("checksum");
  const kinds = {
    samples: countIn(meta, "samples"),
    histograms: countIn(meta, "histograms"),
    exemplars: countIn(meta, "exemplars"),
    metadata: countIn(meta, "metadata"),
  };
  const signals = kinds.samples + kinds.histograms + kinds.exemplars + kinds.metadata;
  return { format: WALQ_V1, compression, signals, checksum, times: timesIn(meta), kinds };
}

function missing(key: string): WalqError {
  return new WalqError("CORRUPT", `Cannot read Meta: no ${key}`);
}
