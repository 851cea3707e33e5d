import type { EncodedBatch } from "../contracts.ts";
import { WalqError } from "../errors.ts";

/** The name of Alloy's first format, in Meta under `version`. */
export const ALLOY_V1 = "alloy.metrics.queue.v1";

/** What Meta says of a batch. */
export interface BatchMeta {
  readonly format: string;
  readonly compression: string;
  /** Samples and metadata entries. */
  readonly signals: number;
  /** Over Data, where the writer left one: Alloy does not. */
  readonly checksum: string | undefined;
}

/** Meta of a batch: the keys of grafana/walqueue, and walq's checksum. */
export function alloyV1Meta(batch: EncodedBatch): Record<string, string> {
  return {
    version: batch.format,
    compression: batch.compression,
    series_count: String(batch.series),
    meta_count: String(batch.metadata),
    strings_count: String(batch.strings),
    checksum: batch.checksum,
  };
}

/**
 * Reads Meta of any version that walq knows.
 *
 * @throws {WalqError} `CORRUPT` when a key is missing or not a count,
 * `UNSUPPORTED_FORMAT` for a version that walq does not read.
 */
export function readMeta(meta: Readonly<Record<string, string>>): BatchMeta {
  const format = meta["version"];
  if (format === undefined) throw new WalqError("CORRUPT", "Cannot read Meta: no version");
  if (format !== ALLOY_V1) {
    throw new WalqError(
      "UNSUPPORTED_FORMAT",
      `Cannot read file: got version "${format}", expected "${ALLOY_V1}"`,
    );
  }
  return {
    format,
    compression: meta["compression"] ?? "none",
    signals: count(meta, "series_count") + count(meta, "meta_count"),
    checksum: meta["checksum"],
  };
}

function count(meta: Readonly<Record<string, string>>, key: string): number {
  const text = meta[key] ?? "0";
  if (!/^[0-9]{1,9}$/.test(text)) {
    throw new WalqError("CORRUPT", `Cannot read Meta: got ${key} "${text}", expected a count`);
  }
  return Number(text);
}
