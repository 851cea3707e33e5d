/**
 * What a snappy header says, read before anything is copied or allocated.
 *
 * Returns the uncompressed length that it claims, or undefined if it is no
 * header or if more bytes follow than any data of that length could take.
 */
export function claimedBytes(body: Uint8Array): number | undefined {
  let claimed = 0;
  for (let i = 0; i < 5 && i < body.length; i++) {
    const byte = body[i]!;
    claimed += (byte & 0x7f) * 2 ** (7 * i);
    if (byte >= 0x80) continue;
    // The least dense element is a copy of 5 bytes that stands for 1; 6 leaves room for literals.
    return claimed <= 0xffffffff && body.length - i - 1 <= claimed * 6 ? claimed : undefined;
  }
  return undefined;
}
