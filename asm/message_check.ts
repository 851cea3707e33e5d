/**
 * Checks messages that this kernel counts but does not carry: that they are well
 * formed, down to their last field.
 */
import { FAULT_WIRE_TYPE } from "./layout";
import {
  needs,
  readLength,
  readTag,
  readVarint,
  skipField,
  varint,
  wants,
  WIRE_BYTES,
  WIRE_FIXED64,
  WIRE_VARINT,
} from "./protobuf";
import { fail } from "./result";

export const MESSAGE_EXEMPLAR: u32 = 0;
export const MESSAGE_HISTOGRAM: u32 = 1;
export const MESSAGE_METADATA: u32 = 2;
const MESSAGE_LABEL: u32 = 3;
const MESSAGE_SPAN: u32 = 4;

// What a field must be.
const ANY: u32 = 0;
const VARINT: u32 = 1;
const DOUBLE: u32 = 2;
const BYTES: u32 = 3;
/** Repeated numbers: one by one or packed. */
const VARINTS: u32 = 4;
const DOUBLES: u32 = 5;
const LABEL: u32 = 6;
const SPAN: u32 = 7;

/** A digit a field, field 0 first, for the message of that number: prompb/types.proto. */
function kindOf(message: u32, field: u64): u32 {
  if (field > 16) return ANY;
  const at = <u32> field;
  if (message == MESSAGE_HISTOGRAM) return histogramKind(at);
  if (message == MESSAGE_EXEMPLAR) {
    return at == 1 ? LABEL : at == 2 ? DOUBLE : at == 3 ? VARINT : ANY;
  }
  if (message == MESSAGE_METADATA) {
    return at == 1 ? VARINT : at == 2 || at == 4 || at == 5 ? BYTES : ANY;
  }
  if (message == MESSAGE_LABEL) return at == 1 || at == 2 ? BYTES : ANY;
  return at == 1 || at == 2 ? VARINT : ANY;
}

function histogramKind(field: u32): u32 {
  switch (field) {
    case 1: // count_int
    case 4: // schema
    case 6: // zero_count_int
    case 14: // reset_hint
    case 15: // timestamp
      return VARINT;
    case 2: // count_float
    case 3: // sum
    case 5: // zero_threshold
    case 7: // zero_count_float
      return DOUBLE;
    case 8: // negative_spans
    case 11: // positive_spans
      return SPAN;
    case 9: // negative_deltas
    case 12: // positive_deltas
      return VARINTS;
    case 10: // negative_counts
    case 13: // positive_counts
    case 16: // custom_values
      return DOUBLES;
    default:
      return ANY;
  }
}

/** Returns `end`, or 0 after a fault. Messages here nest once. */
export function checkMessage(message: u32, at: usize, end: usize): usize {
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return 0;
    const kind = kindOf(message, varint >> 3);
    at = checkField(kind, tagAt, at, end, <u32> varint & 7);
    if (at == 0) return 0;
  }
  return end;
}

function checkField(kind: u32, tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (kind == ANY) return skipField(at, end, wire);
  if (kind == VARINT || (kind == VARINTS && wire == WIRE_VARINT)) {
    return wants(wire, WIRE_VARINT, tagAt) ? readVarint(at, end) : 0;
  }
  if (kind == DOUBLE || (kind == DOUBLES && wire == WIRE_FIXED64)) {
    return wants(wire, WIRE_FIXED64, tagAt) && needs(8, at, end) ? at + 8 : 0;
  }
  if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
  at = readLength(at, end);
  if (at == 0) return 0;
  const valueEnd = at + <usize> varint;
  if (kind == LABEL) return checkMessage(MESSAGE_LABEL, at, valueEnd);
  if (kind == SPAN) return checkMessage(MESSAGE_SPAN, at, valueEnd);
  if (kind == DOUBLES && ((valueEnd - at) & 7) != 0) {
    return fail(FAULT_WIRE_TYPE, tagAt, <f64> (valueEnd - at), 8);
  }
  if (kind == VARINTS) {
    while (at != 0 && at < valueEnd) at = readVarint(at, valueEnd);
    return at;
  }
  return valueEnd;
}
