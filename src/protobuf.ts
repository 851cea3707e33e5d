/**
 * Protobuf's wire format, written: parts of messages into bytes that have room for
 * them, and messages that make their own room. Numbers are whole and safe integers.
 */

// What a tag has beside the number of its field.
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

/** What a number takes at most. */
export const VARINT_BYTES_MAX = 10;
const encoder = new TextEncoder();

/** How many bytes {@link putVarint} writes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** Writes a number that is not negative at `at`; returns where it ends. */
export function putVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    // Division, since bit operators end at 2^32.
    out[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[at++] = rest;
  return at;
}

/** How many bytes {@link putInt64} writes. */
export function int64Bytes(value: number): number {
  return value < 0 ? VARINT_BYTES_MAX : varintBytes(value);
}

/** Writes an int64 at `at`: a negative one is its two's complement, ten bytes. Returns where it ends. */
export function putInt64(out: Uint8Array, at: number, value: number): number {
  if (value >= 0) return putVarint(out, at, value);
  return putLongVarint(out, at, BigInt.asUintN(64, BigInt(value)));
}

/** How many bytes {@link putBytes} writes, for a tag of one byte. */
export function bytesFieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

/** Writes a field of bytes at `at`; returns where it ends. */
export function putBytes(out: Uint8Array, at: number, tag: number, bytes: Uint8Array): number {
  const start = putVarint(out, putVarint(out, at, tag), bytes.length);
  out.set(bytes, start);
  return start + bytes.length;
}

/** Writes one message, field by field. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** What was written; a copy. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** int64, uint64 and enums. A negative one takes ten bytes. */
  number(field: number, value: number): this {
    this.#begin(field, VARINT, VARINT_BYTES_MAX);
    this.#length = putInt64(this.#bytes, this.#length, value);
    return this;
  }

  /** sint32 and sint64. */
  signed(field: number, value: number): this {
    this.#begin(field, VARINT, VARINT_BYTES_MAX);
    this.#length = putLongVarint(this.#bytes, this.#length, zigzag(value));
    return this;
  }

  double(field: number, value: number): this {
    this.#begin(field, FIXED64, 8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** A double by its bits, which a JavaScript number may not keep. */
  doubleBits(field: number, bits: bigint): this {
    this.#begin(field, FIXED64, 8);
    this.#view.setBigUint64(this.#length, bits, true);
    this.#length += 8;
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#reserve(2 * VARINT_BYTES_MAX + value.length);
    this.#length = putBytes(this.#bytes, this.#length, tagOf(field, BYTES), value);
    return this;
  }

  message(field: number, message: MessageWriter): this {
    return this.bytes(field, message.#bytes.subarray(0, message.#length));
  }

  /** A packed list of sint64; left out when it is empty. */
  signedList(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    const list = new Uint8Array(values.length * VARINT_BYTES_MAX);
    const length = values.reduce((at, value) => putLongVarint(list, at, zigzag(value)), 0);
    return this.bytes(field, list.subarray(0, length));
  }

  /** A packed list of doubles; left out when it is empty. */
  doubleList(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    const view = new DataView(new ArrayBuffer(values.length * 8));
    values.forEach((value, index) => view.setFloat64(index * 8, value, true));
    return this.bytes(field, new Uint8Array(view.buffer));
  }

  /** Writes a tag, and makes room for what follows it. */
  #begin(field: number, wireType: number, bytes: number): void {
    this.#reserve(VARINT_BYTES_MAX + bytes);
    this.#length = putVarint(this.#bytes, this.#length, tagOf(field, wireType));
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array((this.#length + bytes) * 2);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType;
}

function putLongVarint(out: Uint8Array, at: number, value: bigint): number {
  let rest = value;
  while (rest >= 0x80n) {
    out[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  out[at++] = Number(rest);
  return at;
}

function zigzag(value: number): bigint {
  const wide = BigInt(value);
  return BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
}
