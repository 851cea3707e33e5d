import { snappyCompress, snappyUncompress } from "hysnappy";

/** Snappy's block format by hysnappy: independent of the kernel's own. */
export function compress(bytes: Uint8Array): Uint8Array {
  return snappyCompress(bytes);
}

/** The uncompressed length is what the block says at its start. */
export function uncompress(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0, scale = 1;; at++, scale *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error("a snappy header is cut off");
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return snappyUncompress(bytes, length);
  }
}
