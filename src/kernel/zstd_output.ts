import { corruptZstd } from "./zstd_bits.ts";
import { BLOCK_BYTES_MAX } from "./zstd_literals.ts";

const FIRST_BYTES = 64 * 1024;

/** What frames decompress to: grows with what is there, up to a limit. */
export class ZstdOutput {
  readonly #bytesMax: number;
  #bytes: Uint8Array;
  #length = 0;
  #frameStart = 0;
  #blockStart = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, bytesMax));
  }

  /** Nothing before it can be copied. */
  beginFrame(): void {
    this.#frameStart = this.#length;
  }

  beginBlock(): void {
    this.#blockStart = this.#length;
  }

  get frameBytes(): number {
    return this.#length - this.#frameStart;
  }

  /** All of it; the output is not to be used after. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  append(bytes: Uint8Array, at: number): void {
    this.#reserve(bytes.length, at);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  repeat(byte: number, count: number, at: number): void {
    this.#reserve(count, at);
    this.#bytes.fill(byte, this.#length, this.#length + count);
    this.#length += count;
  }

  /** Appends `count` bytes from `distance` back, which may overlap with what is appended. */
  copy(distance: number, count: number, at: number): void {
    if (distance < 1 || distance > this.frameBytes) {
      throw corruptZstd(`a match ${distance} bytes back`, `1 to ${this.frameBytes}`, at);
    }
    this.#reserve(count, at);
    const bytes = this.#bytes;
    const to = this.#length;
    this.#length += count;
    if (distance >= count) {
      bytes.copyWithin(to, to - distance, to - distance + count);
      return;
    }
    for (let i = to; i < to + count; i++) bytes[i] = bytes[i - distance]!;
  }

  #reserve(more: number, at: number): void {
    const wanted = this.#length + more;
    if (wanted > this.#bytesMax) {
      throw corruptZstd(`more than ${this.#bytesMax} bytes uncompressed`, "no more", at);
    }
    if (wanted - this.#blockStart > BLOCK_BYTES_MAX) {
      throw corruptZstd(`a block over ${BLOCK_BYTES_MAX} bytes`, "no more", at);
    }
    if (wanted <= this.#bytes.length) return;
    const room = Math.min(this.#bytesMax, Math.max(wanted, this.#bytes.length * 2));
    const bytes = new Uint8Array(room);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
