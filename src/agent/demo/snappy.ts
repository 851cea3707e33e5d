/**
 * Snappy's block format, slow and obvious: the demo's receiver must not trust
 * the code whose work it shows.
 */

/** Unpacks a block. */
export function unsnappy(block: Uint8Array): Uint8Array {
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new Error("snappy: cut off");
    return byte;
  };
  const little = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += next() * 2 ** (8 * i);
    return value;
  };
  let size = 0;
  for (let shift = 0;; shift += 7) {
    const byte = next();
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = new Uint8Array(size);
  let length = 0;
  while (at < block.length) {
    const tag = next();
    if ((tag & 3) === 0) {
      const short = tag >> 2;
      const count = 1 + (short < 60 ? short : little(short - 59));
      out.set(block.subarray(at, at + count), length);
      at += count;
      length += count;
      continue;
    }
    const copies = (tag & 3) === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const offset = (tag & 3) === 1 ? (tag >> 5) * 256 + next() : little((tag & 3) === 2 ? 2 : 4);
    // Byte by byte: a copy may reach into what it writes.
    for (let i = 0; i < copies; i++, length++) out[length] = out[length - offset] ?? 0;
  }
  return out;
}

/** Packs bytes without compressing them, which is valid snappy. */
export function snappyLiteral(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const head: number[] = [];
  for (let rest = bytes.length;; rest = Math.floor(rest / 128)) {
    head.push(rest < 128 ? rest : (rest % 128) | 0x80);
    if (rest < 128) break;
  }
  const last = bytes.length - 1;
  // Tag 63: the length follows in four bytes.
  head.push(63 << 2, last & 0xff, (last >> 8) & 0xff, (last >> 16) & 0xff, last >>> 24);
  const out = new Uint8Array(head.length + bytes.length);
  out.set(head);
  out.set(bytes, head.length);
  return out;
}
