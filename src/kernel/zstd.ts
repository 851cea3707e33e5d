import { Decompress } from "fzstd";
import { messageOf, WalqError } from "../errors.ts";

/** RFC 8878. */
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Room for what copies refer back to; made for every frame. `zstd` asks for at most 8 MiB unless it is told to. */
const WINDOW_BYTES_MAX = 32 * 1024 * 1024;
const BLOCK_BYTES_MAX = 128 * 1024;

/**
 * Decompresses zstd frames (RFC 8878) into at most `bytesMax` bytes. Frames are
 * looked through first, so that nothing is allocated because a header claims it.
 *
 * @throws {WalqError} `CORRUPT`
 */
export function decompressZstd(data: Uint8Array, bytesMax: number): Uint8Array {
  checkFrames(data, bytesMax);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const decompress = new Decompress((chunk) => {
    length += chunk.length;
    if (length > bytesMax) throw corrupt(`more than ${bytesMax} bytes`, "no more", data.length);
    chunks.push(chunk);
  });
  try {
    decompress.push(data, true);
  } catch (error) {
    if (error instanceof WalqError) throw error;
    throw corrupt(messageOf(error), "zstd frames", 0);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function checkFrames(data: Uint8Array, bytesMax: number): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  while (at < data.length) {
    need(data, at, 4);
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      need(data, at, 8);
      const length = view.getUint32(at + 4, true);
      need(data, at + 8, length);
      at += 8 + length;
    } else if (magic === FRAME_MAGIC) {
      at = checkFrame(data, view, at, bytesMax);
    } else {
      throw corrupt(`magic 0x${magic.toString(16)}`, `0x${FRAME_MAGIC.toString(16)}`, at);
    }
  }
}

/** Returns where the frame ends. */
function checkFrame(data: Uint8Array, view: DataView, start: number, bytesMax: number): number {
  need(data, start, 5);
  const descriptor = data[start + 4]!;
  let at = start + 5;
  const isSingle = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw corrupt("a reserved bit", "it to be 0", start + 4);
  if ((descriptor & 0x03) !== 0) throw corrupt("a dictionary", "none", start + 4);
  if (!isSingle) {
    need(data, at, 1);
    const window = data[at]!;
    const base = 2 ** (10 + (window >> 3));
    const bytes = base + base / 8 * (window & 7);
    if (bytes > WINDOW_BYTES_MAX) {
      throw corrupt(`a window of ${bytes} bytes`, `at most ${WINDOW_BYTES_MAX}`, at);
    }
    at++;
  }
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  need(data, at, sizeBytes);
  const size = contentSize(view, at, sizeBytes);
  if (size > bytesMax) throw corrupt(`${size} bytes uncompressed`, `at most ${bytesMax}`, at);
  return checkBlocks(data, at + sizeBytes, (descriptor & 0x04) !== 0);
}

/** 0 where the header does not say. */
function contentSize(view: DataView, at: number, sizeBytes: number): number {
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  if (sizeBytes === 4) return view.getUint32(at, true);
  return sizeBytes === 8 ? Number(view.getBigUint64(at, true)) : 0;
}

function checkBlocks(data: Uint8Array, start: number, hasChecksum: boolean): number {
  let at = start;
  for (let isLast = false; !isLast;) {
    need(data, at, 3);
    const head = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
    isLast = (head & 1) !== 0;
    const type = (head >> 1) & 3;
    const size = head >> 3;
    if (type === 3 || size > BLOCK_BYTES_MAX) {
      throw corrupt(`a block of type ${type} and ${size} bytes`, "one that zstd has", at);
    }
    // A block of one byte over and over has that byte alone.
    const bytes = type === 1 ? 1 : size;
    need(data, at + 3, bytes);
    at += 3 + bytes;
  }
  if (!hasChecksum) return at;
  need(data, at, 4);
  return at + 4;
}

function need(data: Uint8Array, at: number, bytes: number): void {
  const left = data.length - at;
  if (left < bytes) throw corrupt(`${left} bytes left`, `${bytes}`, at);
}

function corrupt(got: string, wanted: string, at: number): WalqError {
  const text = `Cannot read batch: got ${got} in zstd data at byte ${at}, wanted ${wanted}`;
  return new WalqError("CORRUPT", text);
}
