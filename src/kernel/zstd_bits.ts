import { WalqError } from "../errors.ts";

/** What is wrong with zstd data, and where. */
export function corruptZstd(got: string, wanted: string, at: number): WalqError {
  const text = `Cannot read batch: got ${got} in zstd data at byte ${at}, wanted ${wanted}`;
  return new WalqError("CORRUPT", text);
}

/**
 * A stream of bits that is read from its end backwards (RFC 8878, 4.1): the
 * highest bit that is set in the last byte marks the end and is none of them.
 */
export class BackwardBits {
  readonly #data: Uint8Array;
  readonly #start: number;
  #left: number;

  constructor(data: Uint8Array, start: number, end: number) {
    const last = end > start ? data[end - 1]! : 0;
    if (last === 0) throw corruptZstd("bits without an end mark", "one", start);
    this.#data = data;
    this.#start = start;
    this.#left = (end - start) * 8 - 1 - (Math.clz32(last) - 24);
  }

  /** Bits that were not read. */
  get left(): number {
    return this.#left;
  }

  /** The next `count` bits, at most 16. */
  read(count: number): number {
    if (count > this.#left) {
      throw corruptZstd(`${this.#left} bits left`, `${count}`, this.#start);
    }
    this.#left -= count;
    return this.#at(this.#left, count);
  }

  /** The next `count` bits, at most 16, as if zeros followed the last one. */
  peek(count: number): number {
    const missing = count - this.#left;
    return missing <= 0 ? this.#at(this.#left - count, count) : this.#at(0, this.#left) << missing;
  }

  #at(place: number, count: number): number {
    const at = this.#start + (place >>> 3);
    const data = this.#data;
    const word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
    return (word >>> (place & 7)) & ((1 << count) - 1);
  }
}
