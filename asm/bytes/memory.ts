/**
 * Memory by hand: buffers that grow and are reused, and the copies and
 * comparisons that are faster than a call of memory.copy for short runs.
 */

/** Bytes past the end of every buffer that may be read or scribbled on, so that words can be moved whole. */
export const SLACK: usize = 64;

/** The allocator has no larger blocks than 1 GiB: readers refuse what would take more. */
export const BUFFER_BYTES_MAX: usize = 1024 * 1024 * 1024 - 64 * 1024;

/** A piece of memory that grows. What it holds are the bytes from `at` to `at + length`. */
@unmanaged
export class Buffer {
  at: usize;
  length: usize;
  capacity: usize;
  /** The one made before, of those that hold nothing between batches; 0 for none. */
  before: usize;
}

/** The last of the buffers that hold nothing between batches. */
let lastScratch: usize = 0;

/** A buffer that holds nothing between batches. */
export function createBuffer(): Buffer {
  const buffer = createLastingBuffer();
  buffer.before = lastScratch;
  lastScratch = changetype<usize>(buffer);
  return buffer;
}

/** A buffer whose content is needed from batch to batch. */
export function createLastingBuffer(): Buffer {
  const buffer = changetype<Buffer>(heap.alloc(offsetof<Buffer>()));
  buffer.at = 0;
  buffer.length = 0;
  buffer.capacity = 0;
  buffer.before = 0;
  return buffer;
}

/** Gives the memory of a buffer back if it has more than `bytes`; what it holds is gone then. */
export function release(buffer: Buffer, bytes: usize): void {
  if (buffer.capacity <= bytes) return;
  heap.free(buffer.at);
  buffer.at = 0;
  buffer.length = 0;
  buffer.capacity = 0;
}

/** Buffers up to this size are kept: allocating them again is not worth it. */
const SCRATCH_BYTES_KEPT: usize = 2 * 1024 * 1024;

let hasLarge: bool = false;

/** Whether a buffer has grown large since the last time that they were given back. */
export function hasLargeScratch(): bool {
  return hasLarge;
}

/** Gives back what is large of the buffers that hold nothing now. */
export function releaseScratch(): void {
  hasLarge = false;
  for (let at = lastScratch; at != 0;) {
    const buffer = changetype<Buffer>(at);
    at = buffer.before;
    release(buffer, SCRATCH_BYTES_KEPT);
  }
}

/**
 * Makes room for `wanted` bytes in all and returns the start, which may have moved. What
 * the buffer holds is kept.
 */
export function reserve(buffer: Buffer, wanted: usize): usize {
  if (wanted <= buffer.capacity) return buffer.at;
  grow(buffer, wanted);
  return buffer.at;
}

/** Makes room for `more` bytes behind what the buffer holds and returns the end of what it holds. */
// @ts-ignore: decorator
@inline
export function reserveMore(buffer: Buffer, more: usize): usize {
  const wanted = buffer.length + more;
  if (wanted > buffer.capacity) grow(buffer, wanted);
  return buffer.at + buffer.length;
}

/** Appends bytes to a buffer. */
export function append(to: Buffer, at: usize, bytes: usize): void {
  memory.copy(reserveMore(to, bytes), at, bytes);
  to.length += bytes;
}

/** A buffer that grows beyond this takes at once all that it may need. */
const RESERVED_FROM: usize = 8 * 1024 * 1024;
/** How many bytes any buffer may need, if that is known. */
let reserved: usize = 0;

/**
 * Says how large a buffer may become. What it does not touch of that costs nothing,
 * while each time that it grows by a part leaves a hole where it was.
 */
export function setReserve(bytes: usize): void {
  reserved = min(bytes, BUFFER_BYTES_MAX);
}

function grow(buffer: Buffer, wanted: usize): void {
  // Half as much again: appends stay cheap and little is wasted.
  let capacity = max(wanted, min(BUFFER_BYTES_MAX, buffer.capacity + (buffer.capacity >> 1)));
  if (buffer.length > RESERVED_FROM) capacity = max(capacity, reserved);
  if (buffer.length == 0) {
    // Nothing to carry over: the old block is given back first.
    if (buffer.at != 0) heap.free(buffer.at);
    buffer.at = heap.alloc(capacity + SLACK);
  } else {
    buffer.at = heap.realloc(buffer.at, capacity + SLACK);
  }
  buffer.capacity = capacity;
  if (capacity > SCRATCH_BYTES_KEPT) hasLarge = true;
}

/** Copies `bytes` bytes; may read and write up to 15 bytes more on either side's end. */
// @ts-ignore: decorator
@inline
export function copyLoose(to: usize, from: usize, bytes: usize): void {
  // A call of memory.copy leaves the module: it pays for long runs only.
  if (bytes > 256) {
    memory.copy(to, from, bytes);
    return;
  }
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  for (let i: usize = 16; i < bytes; i += 16) {
    store<u64>(to + i, load<u64>(from + i));
    store<u64>(to + i, load<u64>(from + i, 8), 8);
  }
}

/** Whether two runs of `bytes` bytes are the same; may read up to 7 bytes past their ends. */
// @ts-ignore: decorator
@inline
export function sameBytes(a: usize, b: usize, bytes: usize): bool {
  let left = bytes;
  while (left >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    left -= 8;
  }
  return left == 0 || ((load<u64>(a) ^ load<u64>(b)) << ((8 - <u64> left) << 3)) == 0;
}

/** The order of two byte strings: negative, 0 or positive. May read up to 7 bytes past their ends. */
export function compareBytes(a: usize, aBytes: usize, b: usize, bBytes: usize): i32 {
  const both = min(aBytes, bBytes);
  for (let i: usize = 0; i < both; i += 8) {
    const left = both - i;
    let x = load<u64>(a + i);
    let y = load<u64>(b + i);
    if (left < 8) {
      const cut = (8 - <u64> left) << 3;
      x <<= cut;
      y <<= cut;
    }
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
  }
  return <i32> aBytes - <i32> bBytes;
}
