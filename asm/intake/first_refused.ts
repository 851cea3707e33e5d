/**
 * What a sender is told of the first signal of its request that was refused for a
 * reason: the metric and the timestamp. Beside the first one there are counts.
 */
import {
  SLOT_EXPIRED_MS,
  SLOT_EXPIRED_NAME_AT,
  SLOT_EXPIRED_NAME_BYTES,
  SLOT_UNSUPPORTED_KIND,
  SLOT_UNSUPPORTED_MS,
  SLOT_UNSUPPORTED_NAME_AT,
  SLOT_UNSUPPORTED_NAME_BYTES,
} from "../abi/layout";
import { metricAt, metricBytes } from "./metric_name";
import { put } from "../abi/result";

/** Of the metric that was found last. */
export function tellExpired(timestampMs: i64): void {
  put(SLOT_EXPIRED_MS, <f64> timestampMs);
  put(SLOT_EXPIRED_NAME_AT, <f64> metricAt);
  put(SLOT_EXPIRED_NAME_BYTES, <f64> metricBytes);
}

/** The same of a kind that the file's format cannot carry. */
export function tellUnsupported(timestampMs: i64, kind: u32): void {
  put(SLOT_UNSUPPORTED_KIND, kind);
  put(SLOT_UNSUPPORTED_MS, <f64> timestampMs);
  put(SLOT_UNSUPPORTED_NAME_AT, <f64> metricAt);
  put(SLOT_UNSUPPORTED_NAME_BYTES, <f64> metricBytes);
}
