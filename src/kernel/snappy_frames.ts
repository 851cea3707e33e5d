/**
 * Snappy's framing format (framing_format.txt), in which clients of the Pushgateway send:
 * chunks of a type, a length in three bytes, and what they hold. The blocks of remote write
 * are without frames, and the kernel's.
 */
import { UnpackedTooLargeError, WalqError } from "../errors.ts";

const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
/** Chunks from this type on may be passed over. */
const SKIPPABLE_FROM = 0x80;
const IDENTIFIER = 0xff;
const HEAD_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** What a chunk holds at most, uncompressed. */
const CHUNK_BYTES_MAX = 65_536;
const MAGIC = "sNaPpY";

/**
 * @throws {UnpackedTooLargeError} and {@link WalqError} `CORRUPT`
 */
export function decompressSnappyFrames(bytes: Uint8Array, bytesMax: number): Uint8Array {
  let out: Uint8Array = new Uint8Array(0);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at]!;
    if (at + HEAD_BYTES > bytes.length) throw corrupt(at, "the head of a chunk");
    const size = bytes[at + 1]! | bytes[at + 2]! << 8 | bytes[at + 3]! << 16;
    const start = at + HEAD_BYTES;
    const end = start + size;
    if (end > bytes.length) throw corrupt(at, `a chunk of ${size} bytes`);
    const isMagic = type === IDENTIFIER;
    if (isMagic ? !hasMagic(bytes.subarray(start, end)) : at === 0) {
      throw corrupt(at, `the chunk "${MAGIC}"`);
    }
    if (!isMagic && type < SKIPPABLE_FROM) {
      const part = contentOf(type, bytes.subarray(start, end), at);
      const needed = length + part.length;
      if (needed > bytesMax) throw new UnpackedTooLargeError("snappy", bytesMax);
      out = grown(out, length, needed, bytesMax);
      out.set(part, length);
      length = needed;
    }
    at = end;
  }
  return out.subarray(0, length);
}

function hasMagic(content: Uint8Array): boolean {
  return String.fromCharCode(...content.subarray(0, MAGIC.length + 1)) === MAGIC;
}

/** What a chunk at `at` holds, checked. */
function contentOf(type: number, chunk: Uint8Array, at: number): Uint8Array {
  if (type > UNCOMPRESSED) throw corrupt(at, "a chunk of a type that is known");
  if (chunk.length < CHECKSUM_BYTES) throw corrupt(at, "a checksum");
  const data = chunk.subarray(CHECKSUM_BYTES);
  const content = type === COMPRESSED ? decompressBlock(data, at) : data;
  if (content.length > CHUNK_BYTES_MAX) throw corrupt(at, `at most ${CHUNK_BYTES_MAX} bytes in it`);
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  const [got, wanted] = [maskedChecksum(content), view.getUint32(0, true)];
  if (got === wanted) return content;
  const message =
    `Cannot decompress snappy: got the checksum ${hex(got)} of the chunk at byte ${at}, ` +
    `wanted ${hex(wanted)}`;
  throw new WalqError("CORRUPT", message);
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, "0")}`;
}

/** A block: the length of what is in it, and literals and copies. */
function decompressBlock(block: Uint8Array, chunkAt: number): Uint8Array {
  const broken = (): WalqError => corrupt(chunkAt, "a block of snappy");
  let [length, at, shift] = [0, 0, 0];
  for (;;) {
    const byte = block[at++];
    if (byte === undefined || shift > 14) throw broken();
    length |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) break;
  }
  if (length > CHUNK_BYTES_MAX) throw corrupt(chunkAt, `at most ${CHUNK_BYTES_MAX} bytes in it`);
  const out = new Uint8Array(length);
  let to = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let count = (tag >>> 2) + 1;
      if (count > 60) {
        const extra = count - 60;
        if (at + extra > block.length) throw broken();
        count = littleEndian(block, at, extra) + 1;
        at += extra;
      }
      if (at + count > block.length || to + count > length) throw broken();
      out.set(block.subarray(at, at + count), to);
      at += count;
      to += count;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    if (at + offsetBytes > block.length) throw broken();
    const low = littleEndian(block, at, offsetBytes);
    const offset = kind === 1 ? (tag >>> 5) << 8 | low : low;
    const count = kind === 1 ? (tag >>> 2 & 7) + 4 : (tag >>> 2) + 1;
    at += offsetBytes;
    if (offset === 0 || offset > to || to + count > length) throw broken();
    // A copy may reach into itself.
    for (const end = to + count; to < end; to++) out[to] = out[to - offset]!;
  }
  if (to !== length) throw broken();
  return out;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let number = 0;
  for (let index = count - 1; index >= 0; index--) number = number * 256 + bytes[at + index]!;
  return number;
}

let table: Uint32Array | undefined;

/** CRC-32C, rotated and moved, as the format wants it. */
function maskedChecksum(bytes: Uint8Array): number {
  table ??= makeTable();
  let crc = 0xffff_ffff;
  for (let at = 0; at < bytes.length; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ crc >>> 8;
  crc = ~crc;
  return (((crc >>> 15 | crc << 17) >>> 0) + 0xa282_ead8) >>> 0;
}

/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f6_3b78;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ POLYNOMIAL : value >>> 1;
    return value >>> 0;
  });
}

/** Room for so many bytes, with the first ones kept: chunks may be many and small. */
function grown(bytes: Uint8Array, kept: number, needed: number, bytesMax: number): Uint8Array {
  if (needed <= bytes.length) return bytes;
  const out = new Uint8Array(Math.min(bytesMax, needed * 2));
  out.set(bytes.subarray(0, kept));
  return out;
}

function corrupt(at: number, wanted: string): WalqError {
  const message = `Cannot decompress snappy: got something else at byte ${at}, wanted ${wanted}`;
  return new WalqError("CORRUPT", message);
}
