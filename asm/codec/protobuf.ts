/**
 * Protobuf's wire format, read with every length, varint and tag checked. A
 * reader returns the position after what it read, or 0 after a fault.
 */
import {
  FAULT_FIELD_NUMBER,
  FAULT_FIXED_TRUNCATED,
  FAULT_LENGTH,
  FAULT_VARINT_OVERFLOW,
  FAULT_VARINT_TRUNCATED,
  FAULT_WIRE_TYPE,
} from "../abi/layout";
import { fail } from "../abi/result";

export const WIRE_VARINT: u32 = 0;
export const WIRE_FIXED64: u32 = 1;
export const WIRE_BYTES: u32 = 2;
export const WIRE_FIXED32: u32 = 5;

const FIELD_NUMBER_MAX: u64 = (1 << 29) - 1;

/** What readVarint, readTag and readLength read last. */
export let varint: u64 = 0;

// @ts-ignore: decorator
@inline
export function readVarint(at: usize, end: usize): usize {
  if (at < end) {
    const byte = <u64> load<u8>(at);
    if (byte < 0x80) {
      varint = byte;
      return at + 1;
    }
  }
  return readLongVarint(at, end);
}

function readLongVarint(at: usize, end: usize): usize {
  const start = at;
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (at >= end) return fail(FAULT_VARINT_TRUNCATED, start, <f64> (end - start), 0);
    const byte = <u64> load<u8>(at++);
    // The tenth byte holds the 64th bit alone.
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      varint = value;
      return at;
    }
  }
  return fail(FAULT_VARINT_OVERFLOW, start, 0, 0);
}

/** Reads `field << 3 | wire type` into `varint`. */
// @ts-ignore: decorator
@inline
export function readTag(at: usize, end: usize): usize {
  const next = readVarint(at, end);
  if (next == 0) return 0;
  // 8 to 127 is what nearly every tag is.
  if (varint - 8 < 120) return next;
  return checkTag(at, next);
}

function checkTag(at: usize, next: usize): usize {
  const field = varint >> 3;
  if (field == 0 || field > FIELD_NUMBER_MAX) {
    return fail(FAULT_FIELD_NUMBER, at, <f64> field, <f64> FIELD_NUMBER_MAX);
  }
  return next;
}

/** Reads a length that must fit what is left; returns where its bytes begin. */
// @ts-ignore: decorator
@inline
export function readLength(at: usize, end: usize): usize {
  const next = readVarint(at, end);
  if (next == 0) return 0;
  if (varint > <u64> (end - next)) {
    return fail(FAULT_LENGTH, at, <f64> varint, <f64> (end - next));
  }
  return next;
}

/** Faults unless the field came with the wire type that it must have. */
// @ts-ignore: decorator
@inline
export function wants(wire: u32, wanted: u32, at: usize): bool {
  if (wire == wanted) return true;
  fail(FAULT_WIRE_TYPE, at, <f64> wire, <f64> wanted);
  return false;
}

export function needs(bytes: usize, at: usize, end: usize): bool {
  if (end - at >= bytes) return true;
  fail(FAULT_FIXED_TRUNCATED, at, <f64> (end - at), <f64> bytes);
  return false;
}

/**
 * Passes over the value of an unknown field. Groups are not part of any message known
 * here, nor of proto3.
 */
export function skipField(at: usize, end: usize, wire: u32): usize {
  if (wire == WIRE_VARINT) return readVarint(at, end);
  if (wire == WIRE_BYTES) {
    const next = readLength(at, end);
    return next == 0 ? 0 : next + <usize> varint;
  }
  if (wire == WIRE_FIXED64) return needs(8, at, end) ? at + 8 : 0;
  if (wire == WIRE_FIXED32) return needs(4, at, end) ? at + 4 : 0;
  return fail(FAULT_WIRE_TYPE, at, <f64> wire, -1);
}

// @ts-ignore: decorator
@inline
export function varintBytes(value: u64): usize {
  return value < 0x80 ? 1 : (70 - <usize> clz(value)) / 7;
}

// @ts-ignore: decorator
@inline
export function writeVarint(to: usize, value: u64): usize {
  while (value >= 0x80) {
    store<u8>(to++, <u8> (value | 0x80));
    value >>= 7;
  }
  store<u8>(to, <u8> value);
  return to + 1;
}
