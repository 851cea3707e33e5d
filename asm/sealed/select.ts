/**
 * Makes a new request from some of the signals of a sealed one: from those that are not
 * too old, or from half of them. A receiver that refuses the whole request can so be sent
 * each half. The signals stay in order.
 */
import {
  KEEP_FRESH,
  KEEP_SECOND_HALF,
  SLOT_EXEMPLARS,
  SLOT_HISTOGRAMS,
  SLOT_METADATA,
  SLOT_NEWEST_MS,
  SLOT_OLDEST_MS,
  SLOT_REQUEST,
  SLOT_SAMPLES,
  SLOT_SIGNALS,
} from "../abi/layout";
import { put } from "../abi/result";
import { append, Buffer, reserve } from "../bytes/memory";
import { indexSignals } from "./index_signals";
import { isKept, keepFresh, keepHalf } from "./marks";
import { copyKeptV2 } from "./select_v2";
import { EXEMPLAR, hasTime, HISTOGRAM, METADATA, SAMPLE, signalAt, signalCount } from "./signals";

/** Writes the kept signals to `out`, and notes in `marks` which they are. Returns false after a fault. */
export function select(
  at: usize,
  end: usize,
  which: i32,
  cutoffMs: i64,
  out: Buffer,
  isV2: bool,
): bool {
  if (!indexSignals(at, end, isV2)) return false;
  if (which == KEEP_FRESH) keepFresh(cutoffMs);
  else keepHalf(which == KEEP_SECOND_HALF);
  out.length = 0;
  reserve(out, end - at);
  if (!isV2) copyKeptV1(out);
  // Each half gets only the symbols that it uses. When old signals are taken out, most symbols are
  // still in use: they all stay.
  else if (!copyKeptV2(at, end, which != KEEP_FRESH, out)) return false;
  putKept();
  return true;
}

/** Copies the kept signals; those that are neighbours are copied at once. */
function copyKeptV1(out: Buffer): void {
  const count = signalCount();
  for (let first: u32 = 0; first < count; first++) {
    if (!isKept(first)) continue;
    let last = first;
    while (last + 1 < count && isKept(last + 1)) last++;
    const at = <usize> signalAt(first).at;
    append(out, at, <usize> signalAt(last).end - at);
    first = last;
  }
}

/** Tells the binding what is in the new request. */
function putKept(): void {
  let samples: u32 = 0;
  let histograms: u32 = 0;
  let exemplars: u32 = 0;
  let metadata: u32 = 0;
  let oldestMs: i64 = i64.MAX_VALUE;
  let newestMs: i64 = i64.MIN_VALUE;
  const count = signalCount();
  for (let index: u32 = 0; index < count; index++) {
    if (!isKept(index)) continue;
    const signal = signalAt(index);
    if (signal.kind == SAMPLE) samples++;
    else if (signal.kind == HISTOGRAM) histograms++;
    else if (signal.kind == EXEMPLAR) exemplars++;
    else if (signal.kind == METADATA) metadata++;
    if (!hasTime(signal)) continue;
    oldestMs = min(oldestMs, signal.timestampMs);
    newestMs = max(newestMs, signal.timestampMs);
  }
  put(SLOT_SIGNALS, samples + histograms + exemplars + metadata);
  put(SLOT_SAMPLES, samples);
  put(SLOT_HISTOGRAMS, histograms);
  put(SLOT_EXEMPLARS, exemplars);
  put(SLOT_METADATA, metadata);
  put(SLOT_OLDEST_MS, <f64> oldestMs);
  put(SLOT_NEWEST_MS, <f64> newestMs);
  put(SLOT_REQUEST, 0);
}
