/** Which signals of the current request are kept. */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { hasTime, nextSeries, Signal, signalAt, signalCount } from "./signals";

/** A byte for each signal, in order: 1 if it is kept. */
export const marks: Buffer = createBuffer();

// @ts-ignore: decorator
@inline
export function isKept(index: u32): bool {
  return load<u8>(marks.at + <usize> index) != 0;
}

// @ts-ignore: decorator
@inline
function mark(index: u32, keeps: bool): void {
  store<u8>(marks.at + <usize> index, keeps ? 1 : 0);
}

function openMarks(): u32 {
  const count = signalCount();
  marks.length = 0;
  reserve(marks, <usize> count);
  marks.length = <usize> count;
  return count;
}

/** Keeps the signals that are not older than the cutoff, unless they need another that is not kept. */
export function keepFresh(cutoffMs: i64): void {
  const count = openMarks();
  for (let first: u32 = 0; first < count;) {
    const end = nextSeries(first);
    const keepsSeries = hasFreshOther(first, end, cutoffMs);
    for (let index = first; index < end; index++) {
      mark(index, keepsSeries && isFresh(signalAt(index), cutoffMs));
    }
    first = end;
  }
}

/** Whether one of these signals is fresh and needs no other. */
function hasFreshOther(first: u32, end: u32, cutoffMs: i64): bool {
  for (let index = first; index < end; index++) {
    const signal = signalAt(index);
    if (!signal.needsOther && isFresh(signal, cutoffMs)) return true;
  }
  return false;
}

function isFresh(signal: Signal, cutoffMs: i64): bool {
  return signal.timestampMs >= cutoffMs || !hasTime(signal);
}

/**
 * Keeps the first or the second half of the signals. The request is split as near to its
 * middle as is allowed. If it cannot be split, nothing is kept.
 */
export function keepHalf(isSecond: bool): void {
  const count = openMarks();
  const split = splitPoint(count);
  for (let index: u32 = 0; index < count; index++) {
    mark(index, split != 0 && (index >= split) == isSecond);
  }
}

/** How many signals the first half has; 0 if the request cannot be split. */
function splitPoint(count: u32): u32 {
  const middle = count >> 1;
  for (let away: u32 = 0; away <= middle; away++) {
    if (canSplitBefore(middle - away, count)) return middle - away;
    if (canSplitBefore(middle + away, count)) return middle + away;
  }
  return 0;
}

function canSplitBefore(index: u32, count: u32): bool {
  return index > 0 && index < count && signalAt(index - 1).canSplitAfter;
}
