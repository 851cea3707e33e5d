/** A buffer of this many bytes: the start of the given one, if that is large enough. */
export function bufferOf(bytes: number, buffer?: Uint8Array): Uint8Array {
  return buffer !== undefined && bytes <= buffer.length
    ? buffer.subarray(0, bytes)
    : new Uint8Array(bytes);
}
