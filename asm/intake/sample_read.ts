/** Reads `Sample { value = 1, timestamp = 2, start_timestamp = 3 }`; remote write 1.0 has no third field. */
import { needs, readTag, readVarint, skipField, varint, wants } from "../codec/protobuf";
import { WIRE_FIXED64, WIRE_VARINT } from "../codec/protobuf";

/** The bits of the value of the sample that was read last, and its timestamps. */
export let sampleValue: u64 = 0;
export let sampleTimestampMs: i64 = 0;
export let sampleStartMs: i64 = 0;

/** Reads a sample. Returns false after a fault. */
export function readSample(at: usize, end: usize): bool {
  sampleValue = 0;
  sampleTimestampMs = 0;
  sampleStartMs = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 1) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return false;
      sampleValue = load<u64>(at);
      at += 8;
    } else if (field == 2 || (field == 3 && wire == WIRE_VARINT)) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      if (field == 2) sampleTimestampMs = <i64> varint;
      else sampleStartMs = <i64> varint;
    } else {
      at = skipField(at, end, wire);
    }
    if (at == 0) return false;
  }
  return true;
}
