import type { DecompressZstd } from "../contracts.ts";
import { WalqError } from "../errors.ts";

const FRAME_MAGIC = 0xfd2fb528;
/** The last digit is free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Alloy writes one. Each costs the runtime a decoder of its own. */
const FRAMES_MAX = 64;

/** Bits of a frame's descriptor. */
const IS_SINGLE_SEGMENT = 0x20;
const HAS_CHECKSUM = 0x04;
/** Bytes of the dictionary's id and of the content's size, by the bits that say which. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** One byte, as often as the block's size says. */
const REPEATED = 1;
const RESERVED = 3;

/**
 * Decompresses zstd frames (RFC 8878) into at most `bytesMax` bytes. Where each ends
 * is found here, and only whole frames are given to the runtime, one by one: Deno and
 * Bun take what is cut off for the end, Deno passes over all behind its first frame,
 * and none minds other bytes behind the last.
 *
 * @throws {WalqError} `CORRUPT`
 */
export function decompressFrames(
  data: Uint8Array,
  bytesMax: number,
  decompress: DecompressZstd,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const frame of framesIn(data)) {
    if (parts.length === FRAMES_MAX) throw corrupt(`more than ${FRAMES_MAX} frames`);
    const part = decompress(frame, bytesMax - bytes);
    parts.push(part);
    bytes += part.length;
  }
  return parts.length === 1 ? parts[0]! : concat(parts, bytes);
}

/** The frames that hold data; those that are to be skipped are. */
function* framesIn(data: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < data.length;) {
    need(data, at, 4);
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      need(data, at, 8);
      const end = at + 8 + view.getUint32(at + 4, true);
      need(data, at, end - at);
      at = end;
    } else if (magic === FRAME_MAGIC) {
      const end = endOfFrame(data, at);
      yield data.subarray(at, end);
      at = end;
    } else throw corrupt(`0x${magic.toString(16)} at byte ${at}, wanted a frame`);
  }
}

/**
 *     magic (4) | descriptor (1) | window (0 or 1) | dictionary id | content size
 *     blocks, each a head of 24 bits and what it says | checksum (0 or 4)
 */
function endOfFrame(data: Uint8Array, start: number): number {
  need(data, start, 5);
  const descriptor = data[start + 4]!;
  const isSingle = (descriptor & IS_SINGLE_SEGMENT) !== 0;
  const sizeCode = descriptor >> 6;
  const sizeBytes = isSingle && sizeCode === 0 ? 1 : CONTENT_SIZE_BYTES[sizeCode]!;
  let at = start + 5 + (isSingle ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + sizeBytes;
  for (let isLast = false; !isLast;) {
    need(data, at, 3);
    const head = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
    const type = (head >> 1) & 3;
    if (type === RESERVED) throw corrupt(`a block of type ${RESERVED} at byte ${at}`);
    at += 3 + (type === REPEATED ? 1 : head >> 3);
    isLast = (head & 1) !== 0;
  }
  if ((descriptor & HAS_CHECKSUM) !== 0) at += 4;
  need(data, start, at - start);
  return at;
}

function need(data: Uint8Array, at: number, bytes: number): void {
  if (at + bytes <= data.length) return;
  throw corrupt(`${data.length - at} bytes at byte ${at}, wanted ${bytes}`);
}

function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function corrupt(got: string): WalqError {
  return new WalqError("CORRUPT", `Cannot read zstd: got ${got}`);
}
