/** Where a request can be parted, and what is in the half under way. */
import { putLeft } from "./expire";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";

export const SAMPLE: u32 = 0;
export const HISTOGRAM: u32 = 1;
export const EXEMPLAR: u32 = 2;
export const METADATA: u32 = 3;

/** A byte for each signal of the request, in order: 1 if it can be parted behind it. */
const seams: Buffer = createBuffer();

let samples: u32 = 0;
let histograms: u32 = 0;
let exemplars: u32 = 0;
let metadata: u32 = 0;
let oldest: i64 = 0;
let newest: i64 = 0;

/** For another request. */
export function clearHalf(): void {
  seams.length = 0;
  samples = 0;
  histograms = 0;
  exemplars = 0;
  metadata = 0;
  oldest = i64.MAX_VALUE;
  newest = i64.MIN_VALUE;
}

export function addSeam(isSeam: bool): void {
  store<u8>(reserveMore(seams, 1), isSeam ? 1 : 0);
  seams.length++;
}

export function signalsSeen(): u32 {
  return <u32> seams.length;
}

/** How many signals the first half has: as near to half of them as a seam is; 0 if there is none. */
export function cutOf(): u32 {
  const count = seams.length;
  const middle = count >> 1;
  for (let away: usize = 0; away <= middle; away++) {
    if (isSeamBefore(middle - away)) return <u32> (middle - away);
    if (isSeamBefore(middle + away)) return <u32> (middle + away);
  }
  return 0;
}

function isSeamBefore(signal: usize): bool {
  return signal > 0 && signal < seams.length && load<u8>(seams.at + signal - 1) != 0;
}

/** Counts a signal of the half. Metadata has no time, and an exemplar may have none. */
export function countInHalf(kind: u32, timestampMs: i64): void {
  if (kind == SAMPLE) samples++;
  else if (kind == HISTOGRAM) histograms++;
  else if (kind == EXEMPLAR) exemplars++;
  else metadata++;
  if (kind == METADATA || (kind == EXEMPLAR && timestampMs == 0)) return;
  oldest = min(oldest, timestampMs);
  newest = max(newest, timestampMs);
}

/** Tells the binding what is in the half. */
export function putHalf(): void {
  putLeft(samples, histograms, exemplars, metadata, oldest, newest);
}
