/** How much two runs of bytes have in common. Both may read up to 7 bytes beyond the runs. */

/** How many bytes are equal from their starts on, `bytes` at most. */
export function commonStart(a: usize, b: usize, bytes: usize): usize {
  for (let i: usize = 0; i < bytes; i += 8) {
    const difference = load<u64>(a + i) ^ load<u64>(b + i);
    if (difference != 0) return min(bytes, i + (<usize> ctz(difference) >> 3));
  }
  return bytes;
}

/** How many bytes are equal backward from their ends, `bytes` at most. */
export function commonEnd(aEnd: usize, bEnd: usize, bytes: usize): usize {
  for (let i: usize = 8; i < bytes + 8; i += 8) {
    const difference = load<u64>(aEnd - i) ^ load<u64>(bEnd - i);
    if (difference != 0) return min(bytes, i - 8 + (<usize> clz(difference) >> 3));
  }
  return bytes;
}
