/**
 * Reads MessagePack with every byte checked. A reader returns the position after
 * what it read, or 0 after a fault. No count is believed that the bytes left
 * could not hold.
 */
import { FAULT_COUNT, FAULT_DEPTH, FAULT_RANGE, FAULT_TRUNCATED, FAULT_TYPE } from "../abi/layout";
import { fail } from "../abi/result";

/** What a fault says that a reader wanted. */
export const WANTED_MAP: f64 = 0;
export const WANTED_ARRAY: f64 = 1;
export const WANTED_STRING: f64 = 2;
export const WANTED_NUMBER: f64 = 3;
export const WANTED_ANY: f64 = 4;

const DEPTH_MAX: i32 = 32;

export const NIL: u32 = 0xc0;

/** What was read last: a count, a length, an unsigned number, a signed number's bits or a double's bits. */
export let read: u64 = 0;
/** Whether the number read last is below 0. */
let negative: bool = false;

function truncated(at: usize, end: usize, wanted: usize): usize {
  return fail(FAULT_TRUNCATED, at, <f64> (end - at), <f64> wanted);
}

function mistyped(at: usize, wanted: f64): usize {
  return fail(FAULT_TYPE, at, <f64> load<u8>(at), wanted);
}

/** Big-endian, `bytes` of 1, 2, 4 or 8. */
function bigEndian(at: usize, bytes: usize): u64 {
  if (bytes == 1) return <u64> load<u8>(at);
  if (bytes == 2) return <u64> bswap<u16>(load<u16>(at));
  if (bytes == 4) return <u64> bswap<u32>(load<u32>(at));
  return bswap<u64>(load<u64>(at));
}

/** Reads `bytes` bytes behind the type byte into `read`. */
function readAfter(at: usize, end: usize, bytes: usize): usize {
  if (end - at < 1 + bytes) return truncated(at, end, 1 + bytes);
  read = bigEndian(at + 1, bytes);
  return at + 1 + bytes;
}

/** A map's count of pairs. */
export function readMap(at: usize, end: usize): usize {
  if (at >= end) return truncated(at, end, 1);
  const type = <u32> load<u8>(at);
  let next: usize;
  if ((type & 0xf0) == 0x80) {
    read = type & 0x0f;
    next = at + 1;
  } else if (type == 0xde) next = readAfter(at, end, 2);
  else if (type == 0xdf) next = readAfter(at, end, 4);
  else return mistyped(at, WANTED_MAP);
  if (next == 0) return 0;
  if (read * 2 > <u64> (end - next)) return fail(FAULT_COUNT, at, <f64> read, <f64> (end - next));
  return next;
}

/** An array's count of elements. */
export function readArray(at: usize, end: usize): usize {
  if (at >= end) return truncated(at, end, 1);
  const type = <u32> load<u8>(at);
  let next: usize;
  if ((type & 0xf0) == 0x90) {
    read = type & 0x0f;
    next = at + 1;
  } else if (type == 0xdc) next = readAfter(at, end, 2);
  else if (type == 0xdd) next = readAfter(at, end, 4);
  else return mistyped(at, WANTED_ARRAY);
  if (next == 0) return 0;
  if (read > <u64> (end - next)) return fail(FAULT_COUNT, at, <f64> read, <f64> (end - next));
  return next;
}

/** The length of a `str` or `bin`; returns where its bytes begin, all of which are there. */
export function readString(at: usize, end: usize): usize {
  if (at >= end) return truncated(at, end, 1);
  const type = <u32> load<u8>(at);
  let next: usize;
  if ((type & 0xe0) == 0xa0) {
    read = type & 0x1f;
    next = at + 1;
  } else if (type == 0xd9 || type == 0xc4) next = readAfter(at, end, 1);
  else if (type == 0xda || type == 0xc5) next = readAfter(at, end, 2);
  else if (type == 0xdb || type == 0xc6) next = readAfter(at, end, 4);
  else return mistyped(at, WANTED_STRING);
  if (next == 0) return 0;
  if (read > <u64> (end - next)) return truncated(at, end, <usize> read);
  return next;
}

/** An integer of any width into `read` and `negative`. */
function readInteger(at: usize, end: usize): usize {
  if (at >= end) return truncated(at, end, 1);
  const type = <u32> load<u8>(at);
  negative = false;
  if (type < 0x80) {
    read = type;
    return at + 1;
  }
  if (type >= 0xe0) {
    read = <u64> (<i64> (<i8> type));
    negative = true;
    return at + 1;
  }
  if (type >= 0xcc && type <= 0xcf) return readAfter(at, end, 1 << (type - 0xcc));
  if (type < 0xd0 || type > 0xd3) return mistyped(at, WANTED_NUMBER);
  const bytes: usize = 1 << (type - 0xd0);
  const next = readAfter(at, end, bytes);
  const unused = (8 - <u64> bytes) << 3;
  const value = (<i64> (read << unused)) >> <i64> unused;
  read = <u64> value;
  negative = value < 0;
  return next;
}

/** An unsigned integer of at most `most`. */
export function readUint(at: usize, end: usize, most: u64): usize {
  const next = readInteger(at, end);
  if (next == 0) return 0;
  if (negative) return fail(FAULT_RANGE, at, <f64> (<i64> read), <f64> most);
  if (read > most) return fail(FAULT_RANGE, at, <f64> read, <f64> most);
  return next;
}

/** A signed integer; `read` has its bits. */
export function readInt(at: usize, end: usize): usize {
  const next = readInteger(at, end);
  if (next == 0) return 0;
  if (!negative && read > <u64> i64.MAX_VALUE) {
    return fail(FAULT_RANGE, at, <f64> read, <f64> i64.MAX_VALUE);
  }
  return next;
}

/** A float or an integer as a double; `read` has its bits. */
export function readDouble(at: usize, end: usize): usize {
  if (at >= end) return truncated(at, end, 1);
  const type = <u32> load<u8>(at);
  if (type == 0xcb) return readAfter(at, end, 8);
  if (type == 0xca) {
    const next = readAfter(at, end, 4);
    read = reinterpret<u64>(<f64> reinterpret<f32>(<u32> read));
    return next;
  }
  const next = readInteger(at, end);
  read = reinterpret<u64>(negative ? <f64> (<i64> read) : <f64> read);
  return next;
}

/** Passes over any value. */
export function skip(at: usize, end: usize, depth: i32 = 0): usize {
  if (at >= end) return truncated(at, end, 1);
  if (depth > DEPTH_MAX) return fail(FAULT_DEPTH, at, <f64> depth, <f64> DEPTH_MAX);
  const type = <u32> load<u8>(at);
  if (type < 0x80 || type >= 0xe0 || type == NIL || type == 0xc2 || type == 0xc3) return at + 1;
  if ((type & 0xe0) == 0xa0 || (type >= 0xd9 && type <= 0xdb) || (type >= 0xc4 && type <= 0xc6)) {
    const next = readString(at, end);
    return next == 0 ? 0 : next + <usize> read;
  }
  if ((type & 0xf0) == 0x90 || type == 0xdc || type == 0xdd) {
    return skipAll(readArray(at, end), end, read, depth);
  }
  if ((type & 0xf0) == 0x80 || type >= 0xde) {
    return skipAll(readMap(at, end), end, read * 2, depth);
  }
  return skipScalar(at, end, type);
}

function skipAll(at: usize, end: usize, count: u64, depth: i32): usize {
  for (; at != 0 && count > 0; count--) at = skip(at, end, depth + 1);
  return at;
}

/** Numbers and extensions. */
function skipScalar(at: usize, end: usize, type: u32): usize {
  if (type == 0xc1) return mistyped(at, WANTED_ANY);
  if (type == 0xca) return readAfter(at, end, 4);
  if (type == 0xcb) return readAfter(at, end, 8);
  if (type >= 0xcc && type <= 0xd3) return readInteger(at, end);
  let head: usize = 1;
  if (type >= 0xd4 && type <= 0xd8) read = <u64> 1 << (type - 0xd4);
  else {
    // ext 8, 16 and 32: a length, then a type byte that is not counted.
    const next = readAfter(at, end, 1 << (type - 0xc7));
    if (next == 0) return 0;
    head = next - at;
  }
  if (read + 1 > <u64> (end - at - head)) return truncated(at, end, <usize> read);
  return at + head + 1 + <usize> read;
}
