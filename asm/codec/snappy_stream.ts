/**
 * A snappy block that is written element by element, by a caller who knows what
 * repeats. It needs no hash table and no uncompressed copy. Positions count
 * uncompressed bytes.
 *
 * A run is a stretch of bytes that also stand `distance` bytes earlier. It stays
 * pending until it ends, and goes from `runStart` to the writer's position. Only start
 * a run that is sure to have 4 bytes: a shorter copy is not worth an element.
 */
import { Buffer, copyLoose, reserve } from "../bytes/memory";
import { varintBytes, writeVarint } from "./protobuf";

/** How far back a copy with an offset of two bytes reaches. */
export const DISTANCE_MAX: usize = 65535;
/** The shortest run. */
export const RUN_BYTES_MIN: usize = 4;

/** Room for the uncompressed length, which is not known until the end. */
const PREAMBLE_BYTES: usize = 5;
/** A literal of up to this many bytes has its length in its tag, and can still grow. */
const SHORT_LITERAL_BYTES: usize = 60;

/** Elements behind room for the preamble; no bytes at all while it is empty. */
@unmanaged
export class SnappyStream extends Buffer {
  /** Uncompressed bytes so far. */
  position: usize;
  runStart: usize;
  distance: usize;
}

/** The stream under way, between resume and pause. */
let to: usize = 0;
let runStart: usize = 0;
export let distance: usize = 0;
/** The tag of the literal that ends at `to` and may grow; 0 if there is none. */
let openTag: usize = 0;

export function emptyStream(stream: SnappyStream): void {
  stream.length = 0;
  stream.position = 0;
  stream.runStart = 0;
  stream.distance = 0;
}

/** Makes a stream the one under way, with room for `bytes` more uncompressed bytes. */
// @ts-ignore: decorator
@inline
export function resume(stream: SnappyStream, bytes: usize): void {
  // Copies are shorter than what they stand for; tags of literals are few.
  reserve(stream, stream.length + PREAMBLE_BYTES + bytes + (bytes >> 3) + 64);
  if (stream.length == 0) stream.length = PREAMBLE_BYTES;
  to = stream.at + stream.length;
  runStart = stream.runStart;
  distance = stream.distance;
  openTag = 0;
}

/** Puts the stream under way aside at a position. Its run stays pending. */
// @ts-ignore: decorator
@inline
export function pause(stream: SnappyStream, position: usize): void {
  stream.length = to - stream.at;
  stream.position = position;
  stream.runStart = runStart;
  stream.distance = distance;
}

/** Ends the pending run of a paused stream. */
export function settle(stream: SnappyStream): void {
  resume(stream, 0);
  endRun(stream.position);
  runStart = stream.position;
  pause(stream, stream.position);
}

/** Where the elements of a settled stream are. */
export function elementsAt(stream: SnappyStream): usize {
  return stream.at + PREAMBLE_BYTES;
}

export function elementsBytes(stream: SnappyStream): usize {
  return stream.length == 0 ? 0 : stream.length - PREAMBLE_BYTES;
}

/** Fills an empty stream with elements from elsewhere. */
export function restoreStream(stream: SnappyStream, at: usize, bytes: usize, position: usize): void {
  emptyStream(stream);
  resume(stream, bytes);
  memory.copy(to, at, bytes);
  to += bytes;
  runStart = position;
  pause(stream, position);
}

/** Writes the preamble of a settled stream. Returns where the block begins; it ends where the stream does. */
export function finish(stream: SnappyStream): usize {
  const start = elementsAt(stream) - varintBytes(stream.position);
  writeVarint(start, stream.position);
  return start;
}

/** Whether a run is pending at a position. */
// @ts-ignore: decorator
@inline
export function isPending(position: usize): bool {
  return runStart < position;
}

/** Starts a run, after endRun or a literal. */
// @ts-ignore: decorator
@inline
export function startRun(position: usize, from: usize): void {
  runStart = position;
  distance = from;
}

/** Goes on with another distance. If it is the same, no new element is written. */
// @ts-ignore: decorator
@inline
export function turn(position: usize, from: usize): void {
  if (from == distance) return;
  endRun(position);
  startRun(position, from);
}

/** Ends the run that is pending, if any. */
// @ts-ignore: decorator
@inline
export function endRun(position: usize): void {
  if (runStart < position) copyBytes(distance, position - runStart);
}

/** A copy of 4 bytes or more. */
export function copyBytes(offset: usize, bytes: usize): void {
  openTag = 0;
  let at = to;
  // 4 bytes at least must be left for the last element.
  while (bytes >= 68) {
    store<u32>(at, ((63 << 2) | 2) | (<u32> offset << 8));
    at += 3;
    bytes -= 64;
  }
  if (bytes > 64) {
    store<u32>(at, ((59 << 2) | 2) | (<u32> offset << 8));
    at += 3;
    bytes -= 60;
  }
  if (bytes >= 12 || offset >= 2048) {
    store<u32>(at, (((<u32> bytes - 1) << 2) | 2) | (<u32> offset << 8));
    to = at + 3;
    return;
  }
  store<u16>(
    at,
    <u16> (((<u32> offset >> 8) << 5) | ((<u32> bytes - 4) << 2) | 1 |
      ((<u32> offset & 0xff) << 8)),
  );
  to = at + 2;
}

/** Begins a literal, or lets the one before grow: exactly `bytes` bytes are to be put next. */
export function beginLiteral(bytes: usize): void {
  if (openTag != 0) {
    const whole = to - openTag - 1 + bytes;
    if (whole <= SHORT_LITERAL_BYTES) {
      store<u8>(openTag, <u8> ((whole - 1) << 2));
      return;
    }
  }
  const last = bytes - 1;
  if (bytes <= SHORT_LITERAL_BYTES) {
    openTag = to;
    store<u8>(to, <u8> (last << 2));
    to += 1;
    return;
  }
  openTag = 0;
  // The tag, then the length in as few bytes as it takes: no row takes more than three.
  const width: usize = last < 0x100 ? 1 : last < 0x10000 ? 2 : 3;
  store<u8>(to, <u8> ((59 + width) << 2));
  store<u32>(to, <u32> last, 1);
  to += 1 + width;
}

// @ts-ignore: decorator
@inline
export function putByte(byte: u32): void {
  store<u8>(to++, byte);
}

// @ts-ignore: decorator
@inline
export function putVarint(value: usize): void {
  to = writeVarint(to, value);
}

// @ts-ignore: decorator
@inline
export function putBytes(from: usize, bytes: usize): void {
  copyLoose(to, from, bytes);
  to += bytes;
}

/** Elements that were written before, to another stream. */
// @ts-ignore: decorator
@inline
export function putElements(from: usize, bytes: usize): void {
  openTag = 0;
  putBytes(from, bytes);
}

/** The first bytes of a little-endian word, at most 8. */
// @ts-ignore: decorator
@inline
export function putWord(word: u64, bytes: usize): void {
  store<u64>(to, word);
  to += bytes;
}
