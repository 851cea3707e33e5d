/** Makes rows of a metric of a page in protobuf. */
import { FAULT_PAGE_HISTOGRAM, FAULT_PAGE_TIMED } from "../abi/layout";
import { fail } from "../abi/result";
import { beginClassic, convert, EMPTY_MAX, tellBucket, tellCount, tellSum } from "./classic";
import { sortExemplars } from "./exemplars";
import { isFloat, reduce, writeMessage } from "./histogram_message";
import {
  addRow,
  follow,
  keepsClassic,
  makesCustom,
  messages,
  readsCreated,
  refusesTimestamps,
  Row,
  ROW_HISTOGRAM,
  ROW_SAMPLE,
  takesNative,
} from "./page";
import { takeExemplar } from "./protobuf_exemplar";
import { isNative, takeNative } from "./protobuf_histogram";
import {
  endMetricKey,
  lineOfSeries,
  SUFFIX_BUCKET,
  SUFFIX_COUNT,
  SUFFIX_NONE,
  SUFFIX_QUANTILE,
  SUFFIX_SUM,
} from "./protobuf_key";
import {
  count,
  countFloat,
  exemplarPlaces,
  nthStep,
  Place,
  PLACE_BYTES,
  startMs,
  stepCount,
  sumBits,
  timestampMs,
  type,
  valueBits,
} from "./protobuf_metric";
import { TYPE_COUNTER, TYPE_GAUGE_HISTOGRAM, TYPE_HISTOGRAM, TYPE_SUMMARY } from "./types";

/** Where the metric at hand is. */
let metricStart: usize = 0;

/** Makes rows of the metric that was read. `at` is where it is. Returns false after a fault. */
export function takeMetric(at: usize): bool {
  metricStart = at;
  endMetricKey();
  if (type == TYPE_SUMMARY) return takeSummary();
  if (type == TYPE_HISTOGRAM || type == TYPE_GAUGE_HISTOGRAM) return takeHistogram(at);
  const row = addSeries(SUFFIX_NONE, 0, ROW_SAMPLE, valueBits);
  if (row == null) return false;
  if (type != TYPE_COUNTER || exemplarPlaces.length == 0) return true;
  // Of several the last one counts, as of any field.
  const place = changetype<Place>(exemplarPlaces.at + exemplarPlaces.length - PLACE_BYTES);
  return takeExemplar(row, place.at, place.bytes, false);
}

/** Adds the row of a series. Returns null after a fault. */
function addSeries(suffix: u32, bound: f64, kind: u32, value: u64): Row | null {
  if (timestampMs != 0 && refusesTimestamps) {
    fail(FAULT_PAGE_TIMED, metricStart, 0, 0);
    return null;
  }
  const offset = lineOfSeries(suffix, bound);
  if (offset == 0) return null;
  follow(offset);
  const row = addRow(offset, kind, value);
  row.hasTimestamp = timestampMs != 0 ? 1 : 0;
  row.timestampMs = timestampMs;
  if (readsCreated) row.startMs = startMs;
  return row;
}

function takeSummary(): bool {
  if (addSeries(SUFFIX_COUNT, 0, ROW_SAMPLE, reinterpret<u64>(<f64> count)) == null) return false;
  if (addSeries(SUFFIX_SUM, 0, ROW_SAMPLE, sumBits) == null) return false;
  const length = stepCount();
  for (let i: usize = 0; i < length; i++) {
    const step = nthStep(i);
    if (addSeries(SUFFIX_QUANTILE, step.bound, ROW_SAMPLE, reinterpret<u64>(step.value)) == null) return false;
  }
  return true;
}

/** The count of all, or of a bucket: the float, unless it is 0. */
function floatOf(float: f64, whole: u64): f64 {
  return float == 0 ? <f64> whole : float;
}

function takeHistogram(at: usize): bool {
  if (takesNative && isNative()) {
    const isGauge = type == TYPE_GAUGE_HISTOGRAM;
    if (!takeNative(at, count, countFloat, sumBits, isGauge) || !addHistogram(0)) return false;
    return !keepsClassic || stepCount() == 0 || takeClassic();
  }
  if ((keepsClassic || !makesCustom) && !takeClassic()) return false;
  return !makesCustom || takeCustom(at);
}

/** Adds the row of the histogram at hand, of which up to `emptyMax` empty buckets stay between others. */
function addHistogram(emptyMax: i32): bool {
  const message = writeMessage(emptyMax);
  const row = addSeries(SUFFIX_NONE, 0, ROW_HISTOGRAM, message);
  if (row == null) return false;
  row.messageBytes = <u32> messages.length - message;
  if (exemplarPlaces.length > 0) {
    for (let i: usize = 0; i < exemplarPlaces.length; i += PLACE_BYTES) {
      const place = changetype<Place>(exemplarPlaces.at + i);
      if (!takeExemplar(row, place.at, place.bytes, true)) return false;
    }
  } else {
    for (let i: usize = 0; i < stepCount(); i++) {
      const step = nthStep(i);
      if (step.exemplarAt != 0 && !takeExemplar(row, step.exemplarAt, step.exemplarBytes, true)) return false;
    }
  }
  sortExemplars(row);
  return true;
}

/** Adds the series of a classic histogram: up to the bucket for all, which is added if there is none. */
function takeClassic(): bool {
  const all = floatOf(countFloat, count);
  if (addSeries(SUFFIX_COUNT, 0, ROW_SAMPLE, reinterpret<u64>(all)) == null) return false;
  if (addSeries(SUFFIX_SUM, 0, ROW_SAMPLE, sumBits) == null) return false;
  const length = stepCount();
  for (let i: usize = 0; i < length; i++) {
    const step = nthStep(i);
    const value = reinterpret<u64>(floatOf(step.value, step.count));
    const row = addSeries(SUFFIX_BUCKET, step.bound, ROW_SAMPLE, value);
    if (row == null) return false;
    if (step.exemplarAt != 0 && !takeExemplar(row, step.exemplarAt, step.exemplarBytes, false)) return false;
    if (step.bound == Infinity) return true;
  }
  return addSeries(SUFFIX_BUCKET, Infinity, ROW_SAMPLE, reinterpret<u64>(all)) != null;
}

/** Adds a classic histogram as one with bounds of its own. Faults if it contradicts itself. */
function takeCustom(at: usize): bool {
  beginClassic();
  tellCount(floatOf(countFloat, count));
  tellSum(sumBits);
  const length = stepCount();
  for (let i: usize = 0; i < length; i++) {
    tellBucket(nthStep(i).bound, floatOf(nthStep(i).value, nthStep(i).count));
  }
  if (!convert(type == TYPE_GAUGE_HISTOGRAM)) {
    fail(FAULT_PAGE_HISTOGRAM, at, 0, 0);
    return false;
  }
  const emptyMax = isFloat ? 0 : EMPTY_MAX;
  return reduce(at, emptyMax) && addHistogram(emptyMax);
}
