import { corruptZstd } from "./zstd_bits.ts";
import { decodeHuffman, type HuffmanTable, readHuffman } from "./zstd_huffman.ts";

/** No block has more, compressed or not. */
export const BLOCK_BYTES_MAX: number = 128 * 1024;

const RAW = 0;
const REPEATED = 1;
const COMPRESSED = 2;

/** Literals of a block (RFC 8878, 3.1.1.3.1), the code for the next block, and where the sequences begin. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly table: HuffmanTable | undefined;
  readonly end: number;
}

interface Head {
  readonly type: number;
  /** Bytes that they are. */
  readonly size: number;
  /** Bytes that they take in the block. */
  readonly stored: number;
  readonly streams: number;
  readonly at: number;
}

/** Reads the literals at the start of a block; `before` is the code of the block before. */
export function readLiterals(
  data: Uint8Array,
  start: number,
  end: number,
  before: HuffmanTable | undefined,
): Literals {
  const { type, size, stored, streams, at } = readHead(data, start, end);
  if (size > BLOCK_BYTES_MAX || stored > end - at) {
    throw corruptZstd(`${size} literals in ${stored} bytes`, `fewer in ${end - at}`, start);
  }
  const next = at + stored;
  if (type === RAW) return { bytes: data.subarray(at, next), table: before, end: next };
  const bytes = new Uint8Array(size);
  if (type === REPEATED) return { bytes: bytes.fill(data[at]!), table: before, end: next };
  const described = type === COMPRESSED ? readHuffman(data, at, next) : undefined;
  const table = described?.table ?? before;
  if (table === undefined) throw corruptZstd("literals without a code", "one", start);
  const from = described?.end ?? at;
  if (streams === 1) decodeHuffman(table, data, from, next, bytes);
  else decodeFour(table, data, from, next, bytes);
  return { bytes, table, end: next };
}

function readHead(data: Uint8Array, start: number, end: number): Head {
  const byte = (index: number): number => start + index < end ? data[start + index]! : 0;
  const type = byte(0) & 3;
  const format = (byte(0) >> 2) & 3;
  if (type === RAW || type === REPEATED) {
    const bytes = [1, 2, 1, 3][format]!;
    const size = bytes === 1
      ? byte(0) >> 3
      : (byte(0) >> 4) | (byte(1) << 4) | (bytes === 3 ? byte(2) << 12 : 0);
    return { type, size, stored: type === RAW ? size : 1, streams: 1, at: start + bytes };
  }
  // Two sizes of as many bits, one behind the other.
  const bits = [10, 10, 14, 18][format]!;
  const all = byte(0) / 16 + byte(1) * 2 ** 4 + byte(2) * 2 ** 12 + byte(3) * 2 ** 20 +
    byte(4) * 2 ** 28;
  const size = Math.floor(all) % 2 ** bits;
  const stored = Math.floor(all / 2 ** bits) % 2 ** bits;
  return { type, size, stored, streams: format === 0 ? 1 : 4, at: start + (bits + 2) / 4 };
}

/** Four streams side by side, a quarter of the literals each; the lengths of three come first. */
function decodeFour(
  table: HuffmanTable,
  data: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
): void {
  const quarter = (to.length + 3) >> 2;
  if (end - start < 6 || quarter * 3 > to.length) {
    throw corruptZstd(`${to.length} literals in four streams`, "more", start);
  }
  let at = start + 6;
  for (let stream = 0; stream < 4; stream++) {
    const lengthAt = start + stream * 2;
    const next = stream === 3 ? end : at + (data[lengthAt]! | (data[lengthAt + 1]! << 8));
    if (next > end) throw corruptZstd("a stream of literals cut off", "its end", at);
    const isLast = stream === 3;
    const part = to.subarray(stream * quarter, isLast ? to.length : (stream + 1) * quarter);
    decodeHuffman(table, data, at, next, part);
    at = next;
  }
}
