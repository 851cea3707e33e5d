/**
 * Where windows begin and end. Ranges of PromQL are open at their left end in Prometheus 3, and
 * closed in 2: a boundary at a millisecond in which there is no sample is the same to both.
 */
export class Boundaries {
  readonly #windowMs: number;
  /** How many samples there are in each millisecond of a window, up to 255. */
  readonly #samples: Uint8Array;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#samples = new Uint8Array(windowMs);
  }

  /** There is a sample at this time. */
  see(timestampMs: number): void {
    const at = this.#placeOf(timestampMs);
    if (this.#samples[at]! < 255) this.#samples[at]!++;
  }

  /** The place with the fewest samples, and whether there are none. */
  choose(): { readonly offsetMs: number; readonly isFree: boolean } {
    let offsetMs = 0;
    for (let at = 1; at < this.#windowMs; at++) {
      if (this.#samples[at]! < this.#samples[offsetMs]!) offsetMs = at;
    }
    return { offsetMs, isFree: this.#samples[offsetMs] === 0 };
  }

  /** The last boundary before a time. */
  before(timestampMs: number, offsetMs: number): number {
    const behindMs = this.#placeOf(timestampMs - offsetMs);
    return timestampMs - (behindMs === 0 ? this.#windowMs : behindMs);
  }

  #placeOf(timestampMs: number): number {
    return ((timestampMs % this.#windowMs) + this.#windowMs) % this.#windowMs;
  }
}
