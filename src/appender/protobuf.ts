/** Protobuf fields as the appender writes them. */

const VARINT_BYTES_MAX = 10;
const encoder = new TextEncoder();

/** Writes one message, field by field. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  /** What was written; a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** int64, uint64 and enums; a whole number. A negative one takes ten bytes. */
  number(field: number, value: number): this {
    this.#room(2 * VARINT_BYTES_MAX);
    this.#varint(BigInt(field << 3));
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** sint32 and sint64; a whole number. */
  signed(field: number, value: number): this {
    this.#room(2 * VARINT_BYTES_MAX);
    this.#varint(BigInt(field << 3));
    this.#varint(zigzag(value));
    return this;
  }

  double(field: number, value: number): this {
    this.#room(VARINT_BYTES_MAX + 8);
    this.#varint(BigInt((field << 3) | 1));
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** A double by its bits, which a JavaScript number may not keep. */
  doubleBits(field: number, bits: bigint): this {
    this.#room(VARINT_BYTES_MAX + 8);
    this.#varint(BigInt((field << 3) | 1));
    this.#view.setBigUint64(this.#length, bits, true);
    this.#length += 8;
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#room(2 * VARINT_BYTES_MAX + value.length);
    this.#varint(BigInt((field << 3) | 2));
    this.#varint(BigInt(value.length));
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A packed list of sint64; left out when it is empty. */
  signedList(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    const list = new MessageWriter();
    list.#room(values.length * VARINT_BYTES_MAX);
    for (const value of values) list.#varint(zigzag(value));
    return this.bytes(field, list.finish());
  }

  /** A packed list of doubles; left out when it is empty. */
  doubleList(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    const view = new DataView(new ArrayBuffer(values.length * 8));
    values.forEach((value, index) => view.setFloat64(index * 8, value, true));
    return this.bytes(field, new Uint8Array(view.buffer));
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array((this.#length + bytes) * 2);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  #varint(value: bigint): void {
    let rest = value;
    while (rest >= 0x80n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }
}

function zigzag(value: number): bigint {
  const wide = BigInt(value);
  return BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
}
