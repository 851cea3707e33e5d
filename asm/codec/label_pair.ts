/** Reads messages that are a name and a value, `{ name = 1, value = 2 }`: labels of remote write 1.0 and of pages. */
import { FAULT_UTF8 } from "../abi/layout";
import { fail } from "../abi/result";
import { isUtf8 } from "../bytes/utf8";
import { readLength, readTag, skipField, varint, wants, WIRE_BYTES } from "./protobuf";

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
  return readPair(at, end, false);
}

/** The same; what is no UTF-8 is a fault. */
export function readTextLabel(at: usize, end: usize): bool {
  return readPair(at, end, true);
}

// @ts-ignore: decorator
@inline
function readPair(at: usize, end: usize, areTexts: bool): bool {
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
    const bytes = <usize> varint;
    if (areTexts && !isUtf8(at, bytes)) {
      fail(FAULT_UTF8, at, <f64> bytes, 0);
      return false;
    }
    if (field == 1) {
      labelNameAt = at;
      labelNameBytes = bytes;
    } else {
      labelValueAt = at;
      labelValueBytes = bytes;
    }
    at += bytes;
  }
  return true;
}
