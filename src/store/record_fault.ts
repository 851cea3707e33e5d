/**
 * What is wrong with bytes that are no record, in words. The decoder's own words are those of
 * a library, and some of them of the runtime: they are about its memory, not about the file.
 */

/** A value of MessagePack that cannot be read: what was got, what was wanted and where. */
class Fault extends Error {}

const DEPTH_MAX = 8;

/** What is wrong with these bytes, which the decoder has refused. */
export function recordFault(bytes: Uint8Array): string {
  if (bytes.length === 0) return "got nothing, an empty file, wanted a map with Meta and Data";
  try {
    const end = new Walk(bytes).record();
    const more = bytes.length - end;
    if (more > 0) return `got ${more} bytes behind the record, wanted its end at byte ${end}`;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
  return "got a map or a text that is too large, wanted Meta with a few short texts";
}

/** Goes over values without making anything of them. */
class Walk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the record ends. */
  record(): number {
    const head = this.#bytes[0]!;
    if ((head & 0xf0) !== 0x80 && head !== 0xde && head !== 0xdf) throw wrongType(head, 0, "a map");
    return this.#value(0, 0);
  }

  /** Where the value that is at `at` ends. */
  #value(at: number, depth: number): number {
    const type = this.#room(at, 1, "the record");
    const head = this.#bytes[at]!;
    if (depth > DEPTH_MAX) {
      throw new Fault(`got values nested too deep at byte ${at}, wanted at most ${DEPTH_MAX}`);
    }
    if (head <= 0x7f || head >= 0xe0) return type;
    if (head <= 0x8f) return this.#many(type, 2 * (head & 0x0f), depth);
    if (head >= 0xa0 && head <= 0xbf) return this.#room(type, head & 0x1f, "a text");
    switch (head) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return type;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#sized(type, 1 << (head - 0xc4), "the data");
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#sized(type, 1 << (head - 0xd9), "a text");
      case 0xde:
      case 0xdf:
        return this.#counted(type, 2 << (head - 0xde), depth);
      default:
        return this.#number(head, type);
    }
  }

  #number(head: number, at: number): number {
    const bytes = head === 0xca ? 4 : head === 0xcb ? 8 : 1 << (head & 3);
    if (head >= 0xca && head <= 0xd3) return this.#room(at, bytes, "a number");
    throw wrongType(head, at - 1, "a map, a text or bytes");
  }

  #sized(at: number, sizeBytes: number, what: string): number {
    const start = this.#room(at, sizeBytes, "a length");
    return this.#room(start, this.#unsigned(at, sizeBytes), what);
  }

  #counted(at: number, countBytes: number, depth: number): number {
    const start = this.#room(at, countBytes, "a count");
    return this.#many(start, 2 * this.#unsigned(at, countBytes), depth);
  }

  /** Each value takes a byte at least, so a count that lies costs no more than the bytes there are. */
  #many(at: number, count: number, depth: number): number {
    let end = at;
    for (let index = 0; index < count; index++) end = this.#value(end, depth + 1);
    return end;
  }

  #unsigned(at: number, bytes: number): number {
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Where so many bytes end. */
  #room(at: number, bytes: number, what: string): number {
    const end = at + bytes;
    if (end <= this.#bytes.length) return end;
    throw new Fault(
      `got ${this.#bytes.length} bytes, which end in the midst of ${what}, wanted at least ${end}`,
    );
  }
}

function wrongType(head: number, at: number, wanted: string): Fault {
  return new Fault(`got type byte 0x${head.toString(16)} at byte ${at}, wanted ${wanted}`);
}
