/**
 * Snappy's block format, slow and obvious. hysnappy, the oracle elsewhere, makes
 * a WebAssembly instance a call, which is most of a schedule's time.
 */

/** One literal: valid, and not smaller. */
export function pack(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const last = length - 1;
  // The tag of a literal with its length in the four bytes that follow.
  const head = length === 0 ? [] : [63 << 2, last, last >> 8, last >> 16, last >> 24];
  return Uint8Array.from([...varint(length), ...head, ...bytes]);
}

export function unpack(bytes: Uint8Array): Uint8Array {
  let at = 0;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error("snappy: cut off");
    return byte;
  };
  const number = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index++) value += next() * 2 ** (8 * index);
    return value;
  };
  let length = 0;
  for (let scale = 1;; scale *= 128) {
    const byte = next();
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  const out: number[] = [];
  while (at < bytes.length) {
    const tag = next();
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const count = 1 + (short < 60 ? short : number(short - 59));
      for (let index = 0; index < count; index++) out.push(next());
      continue;
    }
    const count = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const offset = kind === 1 ? (tag >> 5) * 256 + next() : number(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > out.length) throw new Error("snappy: offset");
    for (let index = 0; index < count; index++) out.push(out[out.length - offset]!);
  }
  if (out.length !== length) throw new Error("snappy: length");
  return Uint8Array.from(out);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
