/** Collects the signals of the current series that are not plain samples. */
import { samples } from "./current_series";
import { countInvalid } from "./refusals";
import { collectedMax, hasMemory, mayGoOn, refuseSignals } from "../batch/budget";
import { exemplarTimestampMs, exemplarValue, readExemplar } from "./exemplar_read";
import {
  checkHistogram,
  histogramKind,
  readHistogram,
  startMs,
  timestampMs,
} from "../batch/histogram";
import { listEntries } from "../batch/histogram_parts";
import { writeHistogram } from "../batch/histogram_write";
import {
  RULE_NONE,
  RULE_TOO_LARGE,
  SERIES_BYTES_MAX,
} from "../abi/layout";
import { reserveMore } from "../bytes/memory";
import { KIND_EXEMPLAR, Sample, SAMPLE_BYTES } from "../batch/rows";

/** Whether start timestamps count: they are not part of remote write 1.0. */
export let takesStarts: bool = false;

export function setTakesStarts(takes: bool): void {
  takesStarts = takes;
}

export function collectSignal(
  valueBits: u64,
  timestampMs: i64,
  startMs: i64,
  kind: u32,
  extra: u32,
): void {
  const sample = changetype<Sample>(reserveMore(samples, SAMPLE_BYTES));
  sample.valueBits = valueBits;
  sample.timestampMs = timestampMs;
  sample.startMs = startMs;
  sample.kind = kind;
  sample.extra = extra;
  samples.length += SAMPLE_BYTES;
}

/** Whether one more signal of the current series may be collected. Faults if not. */
// @ts-ignore: decorator
@inline
export function mayCollect(at: usize): bool {
  return samples.length < collectedMax || refuseSignals(at, samples.length);
}

/**
 * Collects an exemplar. Its message stays where it is, and its labels are read when the
 * series' own are known. Returns false after a fault.
 */
export function collectExemplar(at: usize, end: usize): bool {
  if (!readExemplar(at, end)) return false;
  collectSignal(exemplarValue, exemplarTimestampMs, <i64> end, KIND_EXEMPLAR, <u32> at);
  return true;
}

/**
 * Collects a histogram, or counts it as invalid if it breaks a rule. `place` is the offset
 * of its series. Returns false after a fault.
 */
export function collectHistogram(at: usize, end: usize, place: f64): bool {
  // This comes before it is read, since its lists take more room than its bytes.
  if (!hasMemory(at)) return false;
  const isTooLarge = end - at > SERIES_BYTES_MAX;
  if (!isTooLarge) {
    if (!readHistogram(at, end)) return false;
    // Looking at a bucket takes less time than looking at a field.
    if (!mayGoOn(at, listEntries() >> 2)) return false;
  }
  const rule = isTooLarge ? RULE_TOO_LARGE : checkHistogram();
  if (rule != RULE_NONE) {
    countInvalid(rule, 1, place);
    return true;
  }
  collectSignal(writeHistogram(), timestampMs, takesStarts ? startMs : 0, histogramKind(), 0);
  return true;
}
