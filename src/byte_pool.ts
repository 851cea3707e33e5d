/** Smaller ones cost their runtime little. */
const POOLED_BYTES_MIN = 4 * 1024;
/** Larger ones are rare, and would fill the pool by themselves. */
const POOLED_BYTES_MAX = 1024 * 1024;
/** What waits to be used again, in all. */
const FREE_BYTES_MAX = 4 * 1024 * 1024;
/** In each doubling there are so many sizes: no more than an eighth of one is left over. */
const SIZES_A_DOUBLING = 8;

/**
 * Memory for the bodies of requests, which is used again when somebody gives it back. Without
 * it each has memory of its own, outside of what a runtime's garbage collector sees: it grows
 * by megabytes a second, until all that is alive is looked through.
 *
 * What is not given back is garbage like any other. Whoever gives something back must be sure
 * that nobody will look at it.
 */
export class BytePool {
  /** By size, those first that nobody has asked for in the longest time. */
  readonly #free: Map<number, Uint8Array[]> = new Map();
  #freeBytes = 0;
  /** Memory that is given back twice would be two bodies at once. */
  readonly #lent: WeakSet<ArrayBufferLike> = new WeakSet();

  /** Bytes that wait to be used again. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** So many bytes; what is in them is left from before. */
  take(length: number): Uint8Array {
    if (length < POOLED_BYTES_MIN || length > POOLED_BYTES_MAX) return new Uint8Array(length);
    const size = sizeFor(length);
    const free = this.#free.get(size) ?? [];
    this.#free.delete(size);
    this.#free.set(size, free);
    let bytes = free.pop();
    if (bytes === undefined) bytes = new Uint8Array(size);
    else this.#freeBytes -= size;
    this.#lent.add(bytes.buffer);
    return bytes.subarray(0, length);
  }

  /** Gives back what was taken; what never was, or is back already, is left alone. */
  give({ buffer }: Uint8Array): void {
    if (!this.#lent.delete(buffer)) return;
    const size = buffer.byteLength;
    const free = this.#free.get(size);
    // Memory that was moved to another thread has no bytes here.
    if (free === undefined || !this.#makeRoom(size)) return;
    free.push(new Uint8Array(buffer));
    this.#freeBytes += size;
  }

  /**
   * Lets go of sizes that were last asked for before this one was: a backlog's bodies are large,
   * and would keep out those that come when it is gone. False when there is no room all the same.
   */
  #makeRoom(size: number): boolean {
    for (const [other, free] of this.#free) {
      if (other === size || this.#freeBytes + size <= FREE_BYTES_MAX) break;
      while (free.length > 0 && this.#freeBytes + size > FREE_BYTES_MAX) {
        free.pop();
        this.#freeBytes -= other;
      }
    }
    return this.#freeBytes + size <= FREE_BYTES_MAX;
  }
}

/** The smallest of the sizes that it fits into. */
function sizeFor(length: number): number {
  const step = 2 ** Math.floor(Math.log2(length)) / SIZES_A_DOUBLING;
  return Math.ceil(length / step) * step;
}

/** That of the process: what waits in it is bounded for all queues together. */
export const bodies: BytePool = new BytePool();
