/** When in its interval a target is scraped: spread by a hash, and the same after a restart. */

/** @param seed what tells this walq from others that scrape the same targets */
export function offsetMs(
  key: string,
  seed: string,
  intervalMs: number,
  nowMs: number,
): number {
  const place = fraction(`${seed}\n${key}`) * intervalMs;
  const passed = nowMs % intervalMs;
  return place >= passed ? place - passed : place - passed + intervalMs;
}

/** Of a text, in [0, 1): 53 bits of two hashes (FNV-1a, mixed as murmur3 ends). */
function fraction(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
  }
  return ((mixed(high) >>> 5) * 2 ** 26 + (mixed(low) >>> 6)) / 2 ** 53;
}

function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
