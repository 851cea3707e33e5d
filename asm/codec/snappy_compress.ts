/**
 * Snappy, block format, as the reference compressor does it: blocks of 64 KiB,
 * a table from the hash of 4 bytes to where they were last seen, longer strides
 * where nothing repeats.
 */
import { Buffer, copyLoose, reserve } from "../bytes/memory";

const BLOCK_BYTES: usize = 65536;
const TABLE_BITS_MAX: u32 = 14;
/** Words may be read this far past a position that is matched. */
const MARGIN: usize = 15;

const table: usize = memory.data(32768, 8);

/** Compresses into `out` and sets its length. */
export function compress(at: usize, bytes: usize, out: Buffer): void {
  out.length = 0;
  // The worst case of the format, as the reference computes it.
  let to = reserve(out, 32 + bytes + bytes / 6);
  const start = to;
  let left = bytes;
  while (left >= 0x80) {
    store<u8>(to++, <u8> (left | 0x80));
    left >>= 7;
  }
  store<u8>(to++, <u8> left);
  const end = at + bytes;
  while (at < end) {
    const size = min(end - at, BLOCK_BYTES);
    to = compressBlock(at, size, to);
    at += size;
  }
  out.length = to - start;
}

// @ts-ignore: decorator
@inline
function slotOf(word: u32, shift: u32): usize {
  return <usize> ((word * 0x1e35a7bd) >> shift) << 1;
}

function compressBlock(base: usize, bytes: usize, to: usize): usize {
  const end = base + bytes;
  let emitted = base;
  if (bytes < MARGIN) return literal(to, emitted, end - emitted);
  let bits: u32 = 8;
  while (bits < TABLE_BITS_MAX && (<usize> 1 << bits) < bytes) bits++;
  const shift = 32 - bits;
  memory.fill(table, 0, <usize> 2 << bits);
  const limit = end - MARGIN;
  let at = base + 1;
  let word = load<u32>(at);
  while (true) {
    // Looks for 4 bytes seen before; strides widen the longer nothing is found.
    let stride: usize = 32;
    let candidate: usize;
    let next = at;
    do {
      at = next;
      const slot = table + slotOf(word, shift);
      next = at + (stride++ >> 5);
      if (next > limit) return literal(to, emitted, end - emitted);
      candidate = base + <usize> load<u16>(slot);
      store<u16>(slot, <u32> (at - base));
      if (load<u32>(candidate) == word) break;
      word = load<u32>(next);
    } while (true);
    to = literal(to, emitted, at - emitted);
    // Writes copies for as long as one directly follows another.
    do {
      const matched = matchBytes(candidate + 4, at + 4, end) + 4;
      to = copy(to, at - candidate, matched);
      at += matched;
      emitted = at;
      if (at >= limit) return literal(to, emitted, end - emitted);
      const words = load<u64>(at - 1);
      store<u16>(table + slotOf(<u32> words, shift), <u32> (at - 1 - base));
      word = <u32> (words >> 8);
      const slot = table + slotOf(word, shift);
      candidate = base + <usize> load<u16>(slot);
      store<u16>(slot, <u32> (at - base));
    } while (load<u32>(candidate) == word);
    at++;
    word = load<u32>(at);
  }
}

/** How many bytes are the same at `a` and `b`, where `b` is the later and ends at `end`. */
// @ts-ignore: decorator
@inline
function matchBytes(a: usize, b: usize, end: usize): usize {
  const start = b;
  while (b + 8 <= end) {
    const difference = load<u64>(a) ^ load<u64>(b);
    if (difference != 0) return b - start + (<usize> ctz(difference) >> 3);
    a += 8;
    b += 8;
  }
  while (b < end && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  return b - start;
}

// @ts-ignore: decorator
@inline
function literal(to: usize, from: usize, bytes: usize): usize {
  if (bytes == 0) return to;
  if (bytes <= 16) {
    // Up to 15 bytes too many are written: the next element overwrites them.
    store<u8>(to, <u8> ((bytes - 1) << 2));
    store<u64>(to, load<u64>(from), 1);
    store<u64>(to, load<u64>(from, 8), 9);
    return to + 1 + bytes;
  }
  return longLiteral(to, from, bytes);
}

function longLiteral(to: usize, from: usize, bytes: usize): usize {
  const last = bytes - 1;
  if (last < 60) {
    store<u8>(to++, <u8> (last << 2));
  } else if (last < 256) {
    store<u8>(to, 60 << 2);
    store<u8>(to, <u8> last, 1);
    to += 2;
  } else {
    // A block has 64 KiB at most: two bytes are enough.
    store<u8>(to, 61 << 2);
    store<u16>(to, <u16> last, 1);
    to += 3;
  }
  copyLoose(to, from, bytes);
  return to + bytes;
}

// @ts-ignore: decorator
@inline
function copy(to: usize, offset: usize, bytes: usize): usize {
  // 4 bytes at least must be left for the last element.
  while (bytes >= 68) {
    store<u32>(to, ((63 << 2) | 2) | (<u32> offset << 8));
    to += 3;
    bytes -= 64;
  }
  if (bytes > 64) {
    store<u32>(to, ((59 << 2) | 2) | (<u32> offset << 8));
    to += 3;
    bytes -= 60;
  }
  if (bytes >= 12 || offset >= 2048) {
    store<u32>(to, (((<u32> bytes - 1) << 2) | 2) | (<u32> offset << 8));
    return to + 3;
  }
  store<u16>(
    to,
    <u16> (((<u32> offset >> 8) << 5) | ((<u32> bytes - 4) << 2) | 1 |
      ((<u32> offset & 0xff) << 8)),
  );
  return to + 2;
}
