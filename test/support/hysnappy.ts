import { snappyCompressor, snappyUncompressor } from "hysnappy";

// One instance for all calls: `snappyCompress` and `snappyUncompress` compile their
// module anew each time, which costs Bun milliseconds and the hostile run minutes.
const compressor = snappyCompressor();
const uncompressor = snappyUncompressor();

/** Snappy's block format by hysnappy: independent of the kernel's own. */
export function compress(bytes: Uint8Array): Uint8Array {
  return compressor(bytes);
}

/** The uncompressed length is what the block says at its start. */
export function uncompress(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0, scale = 1;; at++, scale *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error("a snappy header is cut off");
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return uncompressor(bytes, length);
  }
}
