/** Reads the Timestamp of a page in protobuf. */
import { readTag, readVarint, skipField, varint, wants, WIRE_VARINT } from "../codec/protobuf";

let seconds: i64 = 0;
let nanoseconds: i64 = 0;

/** Reads `Timestamp { seconds = 1, nanos = 2 }`. Returns its end, or 0 after a fault. */
export function readTime(at: usize, end: usize): usize {
  seconds = 0;
  nanoseconds = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return 0;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1 && field != 2) {
      at = skipField(at, end, wire);
    } else {
      if (!wants(wire, WIRE_VARINT, tagAt)) return 0;
      at = readVarint(at, end);
      if (field == 1) seconds = <i64> varint;
      else nanoseconds = <i64> (<i32> varint);
    }
    if (at == 0) return 0;
  }
  return end;
}

/** What was read last, in milliseconds. */
export function timeMs(): i64 {
  return seconds * 1000 + nanoseconds / 1000000;
}
