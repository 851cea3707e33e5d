/** Where somebody reads. */
export interface Cursor {
  at: number;
}

/** Reads an unsigned number below 2^53 of Protocol Buffers at the cursor, and moves it on. */
export function readVarint(bytes: Uint8Array, cursor: Cursor): number {
  let value = 0;
  for (let scale = 1;; scale *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new Error("a varint is cut off");
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
}
