/** Tells the binding the time span of a batch, and how many signals of each kind it has. */
import {
  SLOT_EXEMPLARS,
  SLOT_HISTOGRAMS,
  SLOT_METADATA,
  SLOT_NEWEST_MS,
  SLOT_OLDEST_MS,
  SLOT_SAMPLES,
} from "../abi/layout";
import { put } from "../abi/result";
import { KIND_EXEMPLAR, KIND_SAMPLE, metadata, METADATA_BYTES, Row, ROW_BYTES, rows } from "./rows";

/** Looks at every row. */
export function summarise(): void {
  let oldestMs: i64 = i64.MAX_VALUE;
  let newestMs: i64 = i64.MIN_VALUE;
  let samples: u32 = 0;
  let exemplars: u32 = 0;
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const timestampMs = row.timestampMs;
    oldestMs = min(oldestMs, timestampMs);
    newestMs = max(newestMs, timestampMs);
    const kind = row.kind;
    if (kind == KIND_SAMPLE) samples++;
    else if (kind == KIND_EXEMPLAR) exemplars++;
  }
  put(SLOT_OLDEST_MS, <f64> oldestMs);
  put(SLOT_NEWEST_MS, <f64> newestMs);
  put(SLOT_SAMPLES, samples);
  put(SLOT_EXEMPLARS, exemplars);
  put(SLOT_HISTOGRAMS, <f64> (<u32> (rows.length / ROW_BYTES) - samples - exemplars));
  put(SLOT_METADATA, <f64> (metadata.length / METADATA_BYTES));
}
