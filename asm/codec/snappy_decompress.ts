/**
 * Snappy's block format: a varint with the uncompressed length, then literals and
 * copies. It also reads the frames that xerial's snappy-java puts around such blocks.
 */
import {
  FAULT_SNAPPY_FRAME,
  FAULT_SNAPPY_HEADER,
  FAULT_SNAPPY_INPUT,
  FAULT_SNAPPY_LIMIT,
  FAULT_SNAPPY_OFFSET,
  FAULT_SNAPPY_OUTPUT,
} from "../abi/layout";
import { Buffer, copyLoose, reserve, reserveMore } from "../bytes/memory";
import { fail, refuse } from "../abi/result";

/** The uncompressed length that the current header claims, set by readHeader. */
let claimed: u64 = 0;

/** Reads the header; returns where the body begins, or 0. */
function readHeader(at: usize, end: usize): usize {
  const start = at;
  claimed = 0;
  for (let shift: u64 = 0; shift < 35; shift += 7) {
    if (at >= end) return fail(FAULT_SNAPPY_HEADER, start, <f64> (end - start), 0);
    const byte = <u64> load<u8>(at++);
    claimed |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (claimed > 0xffffffff) break;
      // The densest element is a copy: 3 bytes that stand for 64. A claim
      // beyond that cannot come true and is refused before anything is allocated.
      const most = <u64> (end - at) * 22;
      if (claimed > most) return fail(FAULT_SNAPPY_OUTPUT, at, <f64> most, <f64> claimed);
      return at;
    }
  }
  return fail(FAULT_SNAPPY_HEADER, start, <f64> claimed, 4294967295.0);
}

/** Appends what the block holds to `out`, which may not grow over `limit` bytes. False after a fault. */
function decompressBlock(at: usize, end: usize, out: Buffer, limit: u64): bool {
  const start = at;
  at = readHeader(at, end);
  if (at == 0) return false;
  if (<u64> out.length + claimed > limit) {
    fail(FAULT_SNAPPY_LIMIT, start, <f64> (<u64> out.length + claimed), <f64> limit);
    return false;
  }
  const bytes = <usize> claimed;
  const to = reserveMore(out, bytes);
  if (!expand(at, end, to, to + bytes)) return false;
  out.length += bytes;
  return true;
}

/**
 * An element that is short takes 61 bytes at most, and stands for 64 at most. With this much left
 * on both sides nothing need be checked but how far back it reaches.
 */
const SHORT_MARGIN: usize = 64;

/** Where expandShort stopped to write. */
let shortTo: usize = 0;

/**
 * Runs short elements up to the first that is not one, is not sound or is beyond the margins.
 * Returns where that begins. Bytes are moved by sixteen, without loops, of which each turn would
 * cost as much as the bytes.
 */
function expandShort(at: usize, atEnd: usize, to: usize, toStart: usize, toEnd: usize): usize {
  while (at < atEnd && to < toEnd) {
    const tag = <u32> load<u8>(at);
    // For a copy, how many bytes of its offset follow, too.
    const kind = tag & 3;
    let bytes: usize = <usize> (tag >> 2) + 1;
    if (kind == 0) {
      if (bytes > 60) break;
      v128.store(to, v128.load(at, 1));
      if (bytes > 16) {
        v128.store(to, v128.load(at, 17), 16);
        v128.store(to, v128.load(at, 33), 32);
        v128.store(to, v128.load(at, 49), 48);
      }
      at += bytes + 1;
      to += bytes;
      continue;
    }
    let offset: usize = 0;
    if (kind == 2) {
      offset = <usize> load<u16>(at, 1);
      at += 3;
    } else if (kind == 1) {
      bytes = <usize> ((tag >> 2) & 7) + 4;
      offset = <usize> ((tag >> 5) << 8) | <usize> load<u8>(at, 1);
      at += 2;
    } else break;
    // One comparison for 0 and for what is too far.
    if (offset - 1 >= to - toStart) {
      at -= kind + 1;
      break;
    }
    const from = to - offset;
    if (offset < 16) copyBack(to, offset, bytes);
    else {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      if (bytes > 32) {
        v128.store(to, v128.load(from, 32), 32);
        v128.store(to, v128.load(from, 48), 48);
      }
    }
    to += bytes;
  }
  shortTo = to;
  return at;
}

/** Runs the literals and copies; writes up to 15 bytes past `toEnd`. */
function expand(at: usize, end: usize, to: usize, toEnd: usize): bool {
  const toStart = to;
  while (at < end) {
    if (end - at > SHORT_MARGIN && toEnd - to > SHORT_MARGIN) {
      at = expandShort(at, end - SHORT_MARGIN, to, toStart, toEnd - SHORT_MARGIN);
      to = shortTo;
    }
    const tag = <u32> load<u8>(at);
    let bytes: usize;
    if ((tag & 3) == 0) {
      bytes = (tag >> 2) + 1;
      let head: usize = 1;
      if (bytes > 60) {
        head = bytes - 60 + 1;
        if (end - at < head) return refuse(FAULT_SNAPPY_INPUT, at, <f64> (end - at), <f64> head);
        bytes = <usize> (load<u32>(at, 1) & (0xffffffff >> (32 - ((<u32> head - 1) << 3))));
        if (bytes == 0xffffffff) return refuse(FAULT_SNAPPY_OUTPUT, at, <f64> bytes, 0);
        bytes++;
      }
      at += head;
      if (bytes > end - at) return refuse(FAULT_SNAPPY_INPUT, at, <f64> (end - at), <f64> bytes);
      if (bytes > toEnd - to) {
        return refuse(FAULT_SNAPPY_OUTPUT, at, <f64> bytes, <f64> (toEnd - to));
      }
      copyLoose(to, at, bytes);
      at += bytes;
      to += bytes;
      continue;
    }
    let offset: usize;
    if ((tag & 3) == 1) {
      if (end - at < 2) return refuse(FAULT_SNAPPY_INPUT, at, <f64> (end - at), 2);
      bytes = ((tag >> 2) & 7) + 4;
      offset = <usize> ((tag >> 5) << 8) | <usize> load<u8>(at, 1);
      at += 2;
    } else if ((tag & 3) == 2) {
      if (end - at < 3) return refuse(FAULT_SNAPPY_INPUT, at, <f64> (end - at), 3);
      bytes = (tag >> 2) + 1;
      offset = <usize> load<u16>(at, 1);
      at += 3;
    } else {
      if (end - at < 5) return refuse(FAULT_SNAPPY_INPUT, at, <f64> (end - at), 5);
      bytes = (tag >> 2) + 1;
      offset = <usize> load<u32>(at, 1);
      at += 5;
    }
    if (offset == 0 || offset > to - toStart) {
      return refuse(FAULT_SNAPPY_OFFSET, at, <f64> offset, <f64> (to - toStart));
    }
    if (bytes > toEnd - to) return refuse(FAULT_SNAPPY_OUTPUT, at, <f64> bytes, <f64> (toEnd - to));
    copyBack(to, offset, bytes);
    to += bytes;
  }
  return to == toEnd ||
    refuse(FAULT_SNAPPY_OUTPUT, at, <f64> (to - toStart), <f64> (toEnd - toStart));
}

/** Repeats `bytes` (at most 64) bytes from `offset` before `to`; the two may overlap. */
// @ts-ignore: decorator
@inline
function copyBack(to: usize, offset: usize, bytes: usize): void {
  const from = to - offset;
  if (offset >= 8) {
    store<u64>(to, load<u64>(from));
    for (let i: usize = 8; i < bytes; i += 8) store<u64>(to + i, load<u64>(from + i));
  } else {
    for (let i: usize = 0; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
  }
}

/** The first 8 bytes of a file framed by xerial, as a little-endian word: 0x82 "SNAPPY" 0x00. */
const XERIAL_MAGIC: u64 = 0x0059_5050_414e_5382;
/** The magic, a version and the oldest compatible version, 4 bytes each. */
const XERIAL_HEADER_BYTES: usize = 16;

/**
 * Decompresses a block, bare or, if that is allowed, framed by xerial. False after a
 * fault; `out` is then worthless.
 */
export function decompress(at: usize, end: usize, out: Buffer, limit: u64, framed: bool): bool {
  out.length = 0;
  reserve(out, 1);
  // No bare block starts like the magic: it would be a copy with nothing before it.
  if (!framed || end - at < XERIAL_HEADER_BYTES || load<u64>(at) != XERIAL_MAGIC) {
    return decompressBlock(at, end, out, limit);
  }
  at += XERIAL_HEADER_BYTES;
  while (at < end) {
    if (end - at < 4) return refuse(FAULT_SNAPPY_FRAME, at, <f64> (end - at), 4);
    const bytes = <usize> bswap<u32>(load<u32>(at));
    at += 4;
    if (bytes > end - at) return refuse(FAULT_SNAPPY_FRAME, at, <f64> bytes, <f64> (end - at));
    if (!decompressBlock(at, at + bytes, out, limit)) return false;
    at += bytes;
  }
  return true;
}
