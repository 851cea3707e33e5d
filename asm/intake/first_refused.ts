/**
 * Tells a sender the metric and the timestamp of the first signal that was refused for a
 * reason. All others of its request are only counted.
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

/** Tells of a signal that was too old. Its metric is the one that was found last. */
export function tellExpired(timestampMs: i64): void {
  put(SLOT_EXPIRED_MS, <f64> timestampMs);
  put(SLOT_EXPIRED_NAME_AT, <f64> metricAt);
  put(SLOT_EXPIRED_NAME_BYTES, <f64> metricBytes);
}

/** Tells of a signal of a kind that the file's format cannot carry. */
export function tellUnsupported(timestampMs: i64, kind: u32): void {
  put(SLOT_UNSUPPORTED_KIND, kind);
  put(SLOT_UNSUPPORTED_MS, <f64> timestampMs);
  put(SLOT_UNSUPPORTED_NAME_AT, <f64> metricAt);
  put(SLOT_UNSUPPORTED_NAME_BYTES, <f64> metricBytes);
}
