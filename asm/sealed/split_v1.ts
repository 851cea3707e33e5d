/** Parts a sealed remote write 1.0 request between any two of its fields, which hold a signal each. */
import { fieldFound, findSignal, SERIES_TAG, timeFound } from "./expire";
import { addSeam, countInHalf, EXEMPLAR, HISTOGRAM, METADATA, SAMPLE } from "./half";
import { Buffer, reserve } from "../bytes/memory";
import { readLength, readTag, varint, wants, WIRE_BYTES } from "../codec/protobuf";

/** Notes where the request can be parted. False after a fault. */
export function findSeamsV1(at: usize, end: usize): bool {
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    at += <usize> varint;
    addSeam(true);
  }
  return true;
}

/** Copies the signals from one number to another, in a request whose seams were found. False after a fault. */
export function copyHalfV1(at: usize, end: usize, from: u32, to: u32, out: Buffer): bool {
  let first: usize = at;
  for (let number: u32 = 0; number < to; number++) {
    if (number == from) first = at;
    at = readTag(at, end);
    const isSeries = varint == SERIES_TAG;
    at = readLength(at, end);
    const fieldEnd = at + <usize> varint;
    if (number >= from && !count(at, fieldEnd, isSeries)) return false;
    at = fieldEnd;
  }
  memory.copy(reserve(out, at - first), first, at - first);
  out.length = at - first;
  return true;
}

function count(at: usize, end: usize, isSeries: bool): bool {
  if (!isSeries) {
    countInHalf(METADATA, 0);
    return true;
  }
  if (!findSignal(at, end)) return false;
  const field = fieldFound();
  countInHalf(field == 2 ? SAMPLE : field == 3 ? EXEMPLAR : HISTOGRAM, timeFound());
  return true;
}
