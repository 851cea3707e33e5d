import { assert } from "../assert.ts";

const READING_BYTES_DEFAULT = 32 * 1024 * 1024;

/** A body of the largest size is held twice for a moment, when its room grows. */
export function readingBytesMin(requestBytesMax: number): number {
  return 2 * requestBytesMax;
}

/** Room for a few large bodies or many small ones. */
export function readingBytesDefault(requestBytesMax: number): number {
  return Math.max(READING_BYTES_DEFAULT, readingBytesMin(requestBytesMax));
}

/** Bytes of request bodies that may be in memory at once, over all connections. */
export class ByteBudget {
  readonly #bytesMax: number;
  #used = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get used(): number {
    return this.#used;
  }

  /** False when there is no room. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#bytesMax) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    assert(this.#used >= 0, "more bytes given back than taken");
  }
}
