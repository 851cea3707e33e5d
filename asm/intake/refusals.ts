/** What of a request is not kept, and why: by its timestamp, a rule that it breaks, or its kind. */
import { findSubject, samples } from "./current_series";
import { tellExpired, tellUnsupported } from "./first_refused";
import { badLabel, broken } from "./labels_intake";
import {
  RULE_NONE,
  RULE_TIMESTAMP,
  SLOT_EXPIRED,
  SLOT_INVALID,
  SLOT_INVALID_AT,
  SLOT_INVALID_GOT,
  SLOT_INVALID_LIMIT,
  SLOT_INVALID_NAME_AT,
  SLOT_INVALID_NAME_BYTES,
  SLOT_INVALID_RULE,
  SLOT_NEWEST_MS,
  SLOT_UNSUPPORTED,
} from "../abi/layout";
import { put } from "../abi/result";
import { KIND_EXEMPLAR, Sample, SAMPLE_BYTES } from "../batch/rows";

let expired: u32 = 0;
let invalid: u32 = 0;
let unsupported: u32 = 0;
/** The newest plausible timestamp of the current request, of signals that were refused, too. */
let newestMs: i64 = 0;

/** A timestamp that is later than this is not plausible: its unit cannot be milliseconds. */
let latestMs: i64 = i64.MAX_VALUE;

export function setLatest(timestampMs: i64): void {
  latestMs = timestampMs;
}

/** The offset in the request of the first series or entry that broke a rule, if one did. */
export let firstInvalidPlace: usize = 0;

/** How many signals of the current request have broken a rule so far. */
export function invalidSignals(): u32 {
  return invalid;
}

/** To be called with each request. */
export function beginRefusals(): void {
  expired = 0;
  invalid = 0;
  unsupported = 0;
  newestMs = i64.MIN_VALUE;
  put(SLOT_INVALID_RULE, RULE_NONE);
}

/** Leaves the counts in the result area. */
export function putRefusals(): void {
  put(SLOT_EXPIRED, expired);
  put(SLOT_INVALID, invalid);
  put(SLOT_UNSUPPORTED, unsupported);
  put(SLOT_NEWEST_MS, <f64> newestMs);
}

/**
 * Counts signals that break a rule and were not collected as a series. `place` is the
 * offset in the request. `got` and `limit` are for rules about numbers.
 */
export function countInvalid(
  rule: i32,
  signals: u32,
  place: f64,
  got: f64 = 0,
  limit: f64 = 0,
): void {
  broken(rule, null);
  noteInvalid(rule, signals, place, got, limit);
}

/** Counts signals that break a rule, of which it is known which label does, if one does. */
export function noteInvalid(rule: i32, signals: u32, place: f64, got: f64, limit: f64): void {
  if (invalid == 0) {
    put(SLOT_INVALID_RULE, rule);
    put(SLOT_INVALID_AT, place);
    const label = badLabel;
    put(SLOT_INVALID_NAME_AT, label == null ? 0 : <f64> label.nameAt);
    put(SLOT_INVALID_NAME_BYTES, label == null ? 0 : <f64> label.nameBytes);
    put(SLOT_INVALID_GOT, got);
    put(SLOT_INVALID_LIMIT, limit);
    firstInvalidPlace = <usize> place;
  }
  invalid += signals;
}

/** How many signals of the current series have a timestamp that is not good. */
// @ts-ignore: decorator
@inline
export function countUntimely(cutoffMs: i64): u32 {
  let count: u32 = 0;
  const end = samples.at + samples.length;
  for (let sampleAt = samples.at; sampleAt < end; sampleAt += SAMPLE_BYTES) {
    const sample = changetype<Sample>(sampleAt);
    const timestampMs = sample.timestampMs;
    if (timestampMs <= latestMs) newestMs = max(newestMs, timestampMs);
    if (isUntimely(sample, cutoffMs)) count++;
  }
  return count;
}

/** Notes a timestamp that is good. */
// @ts-ignore: decorator
@inline
export function noteTimely(timestampMs: i64): void {
  newestMs = max(newestMs, timestampMs);
}

/**
 * Whether it is too old, or its timestamp is not plausible. An exemplar without a
 * timestamp is as new as its sample.
 */
// @ts-ignore: decorator
@inline
export function isUntimely(sample: Sample, cutoffMs: i64): bool {
  const timestampMs = sample.timestampMs;
  // One comparison for both ends.
  if (<u64> (timestampMs - cutoffMs) <= <u64> (latestMs - cutoffMs)) return false;
  return timestampMs != 0 || sample.kind != KIND_EXEMPLAR;
}

/** Counts a signal that is not kept because of its timestamp. */
export function refuseUntimely(sample: Sample, place: f64): void {
  const timestampMs = sample.timestampMs;
  if (timestampMs <= latestMs) {
    if (expired == 0) {
      findSubject();
      tellExpired(timestampMs);
    }
    expired++;
    return;
  }
  countInvalid(RULE_TIMESTAMP, 1, place, <f64> timestampMs);
}

/** Counts all signals of the current series, of which none has a good timestamp. */
export function refuseAll(place: f64): void {
  const end = samples.at + samples.length;
  for (let sampleAt = samples.at; sampleAt < end; sampleAt += SAMPLE_BYTES) {
    const sample = changetype<Sample>(sampleAt);
    refuseUntimely(sample, place);
  }
}

/** Counts a signal of a kind that the file's format cannot carry. */
export function refuseKind(sample: Sample): void {
  if (unsupported == 0) {
    findSubject();
    tellUnsupported(sample.timestampMs, sample.kind);
  }
  unsupported++;
}
