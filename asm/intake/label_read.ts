/** Reads `Label { name = 1, value = 2 }` of remote write 1.0. */
import { readLength, readTag, skipField, varint, wants, WIRE_BYTES } from "../codec/protobuf";

/** Where the name and value of the label are that was read last. */
export let labelNameAt: usize = 0;
export let labelNameBytes: usize = 0;
export let labelValueAt: usize = 0;
export let labelValueBytes: usize = 0;

/**
 * Reads a label. If a field comes twice, the last one counts, as in every protobuf parser.
 * Returns false after a fault.
 */
export function readLabel(at: usize, end: usize): bool {
  labelNameAt = at;
  labelNameBytes = 0;
  labelValueAt = at;
  labelValueBytes = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1 && field != 2) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    if (field == 1) {
      labelNameAt = at;
      labelNameBytes = <usize> varint;
    } else {
      labelValueAt = at;
      labelValueBytes = <usize> varint;
    }
    at += <usize> varint;
  }
  return true;
}
