import { corruptZstd } from "./zstd_bits.ts";
import { FrameBlocks } from "./zstd_block.ts";
import { BLOCK_BYTES_MAX } from "./zstd_literals.ts";
import { ZstdOutput } from "./zstd_output.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const RAW = 0;
const REPEATED = 1;
const COMPRESSED = 2;

/**
 * Decompresses zstd frames (RFC 8878) into at most `bytesMax` bytes. Time and
 * memory are bounded by what is there, whatever a header claims: a window is
 * never made, for all output stays. Checksums of frames are passed over.
 *
 * @throws {WalqError} `CORRUPT`
 */
export function decompressZstd(data: Uint8Array, bytesMax: number): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const output = new ZstdOutput(bytesMax);
  let at = 0;
  while (at < data.length) {
    need(data, at, 4);
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      need(data, at, 8);
      const bytes = view.getUint32(at + 4, true);
      need(data, at + 8, bytes);
      at += 8 + bytes;
    } else if (magic === FRAME_MAGIC) {
      at = readFrame(data, view, at + 4, output, bytesMax);
    } else {
      throw corruptZstd(`magic 0x${magic.toString(16)}`, `0x${FRAME_MAGIC.toString(16)}`, at);
    }
  }
  return output.take();
}

/** Reads a frame behind its magic; returns where it ends. */
function readFrame(
  data: Uint8Array,
  view: DataView,
  start: number,
  output: ZstdOutput,
  bytesMax: number,
): number {
  need(data, start, 1);
  const descriptor = data[start]!;
  const isSingle = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw corruptZstd("a reserved bit", "it to be 0", start);
  if ((descriptor & 0x03) !== 0) throw corruptZstd("a dictionary", "none", start);
  // The size of the window is of no interest here.
  const sizeAt = start + (isSingle ? 1 : 2);
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  need(data, sizeAt, sizeBytes);
  const size = contentSize(view, sizeAt, sizeBytes);
  if (size !== undefined && size > bytesMax) {
    throw corruptZstd(`${size} bytes uncompressed`, `at most ${bytesMax}`, sizeAt);
  }
  output.beginFrame();
  const end = readBlocks(data, sizeAt + sizeBytes, output);
  if (size !== undefined && output.frameBytes !== size) {
    throw corruptZstd(`${output.frameBytes} bytes uncompressed`, `${size}`, sizeAt);
  }
  const checksumBytes = (descriptor & 0x04) !== 0 ? 4 : 0;
  need(data, end, checksumBytes);
  return end + checksumBytes;
}

/** Undefined where the header does not say. */
function contentSize(view: DataView, at: number, sizeBytes: number): number | undefined {
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return sizeBytes === 8 ? Number(view.getBigUint64(at, true)) : undefined;
}

/** Returns where the last block ends. */
function readBlocks(data: Uint8Array, start: number, output: ZstdOutput): number {
  const blocks = new FrameBlocks(data, output);
  let at = start;
  for (let isLast = false; !isLast;) {
    need(data, at, 3);
    const head = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
    isLast = (head & 1) !== 0;
    const type = (head >> 1) & 3;
    const size = head >> 3;
    if (type > COMPRESSED || size > BLOCK_BYTES_MAX) {
      throw corruptZstd(`a block of type ${type} and ${size} bytes`, "one that zstd has", at);
    }
    at += 3;
    const end = at + (type === REPEATED ? 1 : size);
    need(data, at, end - at);
    output.beginBlock();
    if (type === RAW) output.append(data.subarray(at, end), at);
    else if (type === REPEATED) output.repeat(data[at]!, size, at);
    else blocks.decompress(at, end);
    at = end;
  }
  return at;
}

function need(data: Uint8Array, at: number, bytes: number): void {
  const left = data.length - at;
  if (left < bytes) throw corruptZstd(`${Math.max(0, left)} bytes left`, `${bytes}`, at);
}
