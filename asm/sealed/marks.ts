/** Which signals of the request at hand are kept. */
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

/** Keeps what is not older than the cutoff, and has what it needs. */
export function keepFresh(cutoffMs: i64): void {
  const count = openMarks();
  for (let first: u32 = 0; first < count;) {
    const end = nextSeries(first);
    const carries = hasFreshOther(first, end, cutoffMs);
    for (let index = first; index < end; index++) {
      mark(index, carries && isFresh(signalAt(index), cutoffMs));
    }
    first = end;
  }
}

/** Whether any of these signals is not too old and can do without others. */
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
 * Keeps the first signals or the rest of them, parted as near to half of them as a
 * seam is; none of them if there is no seam.
 */
export function keepHalf(isSecond: bool): void {
  const count = openMarks();
  const cut = cutOf(count);
  for (let index: u32 = 0; index < count; index++) {
    mark(index, cut != 0 && (index >= cut) == isSecond);
  }
}

/** How many signals the first half has; 0 if the request cannot be parted. */
function cutOf(count: u32): u32 {
  const middle = count >> 1;
  for (let away: u32 = 0; away <= middle; away++) {
    if (isSeamBefore(middle - away, count)) return middle - away;
    if (isSeamBefore(middle + away, count)) return middle + away;
  }
  return 0;
}

function isSeamBefore(index: u32, count: u32): bool {
  return index > 0 && index < count && signalAt(index - 1).isSeam;
}
