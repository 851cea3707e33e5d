import type { Clock } from "../contracts.ts";

/** After so long without a 413, larger requests are tried. */
export const GROW_AFTER_MS: number = 10 * 60_000;
const GROWTH = 2;

/**
 * What size of a request the endpoint takes, learned from its answers; the shards of
 * an endpoint share it. In bytes as they are sent, which is what proxies count.
 */
export class RequestSize {
  readonly #clock: Clock;
  #bytesMax = Infinity;
  /** The largest that was taken since a larger one was not. */
  #takenBytes = 0;
  /** The smallest that could not be parted and was too large all the same. */
  #aloneBytes = Infinity;
  #changedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Since a request was too large none was taken, however small. */
  get takesNothing(): boolean {
    return this.#takenBytes === 0;
  }

  fits(bytes: number): boolean {
    return bytes <= this.#bytesMax;
  }

  /** A request was too large; `halfBytes` is the larger of its halves. */
  tooLarge(bytes: number, halfBytes: number): void {
    // Not as large as before: the endpoint has changed, or counts something else than bytes.
    if (this.#takenBytes >= bytes) this.#takenBytes = 0;
    this.#change(Math.max(halfBytes, this.#takenBytes));
  }

  /** One that cannot be parted was too large. */
  tooLargeAlone(bytes: number): void {
    this.#aloneBytes = Math.min(this.#aloneBytes, bytes);
    this.#doubt();
  }

  taken(bytes: number): void {
    this.#takenBytes = Math.max(this.#takenBytes, bytes);
    this.#doubt();
    if (this.#bytesMax === Infinity) return;
    const isOld = this.#clock.monotonicMs() - this.#changedMs >= GROW_AFTER_MS;
    if (isOld) this.#change(this.#bytesMax * GROWTH);
  }

  /** Where one as large was taken, it is not size that the endpoint dislikes: nothing was learned. */
  #doubt(): void {
    if (this.#takenBytes < this.#aloneBytes) return;
    this.#aloneBytes = Infinity;
    this.#change(Infinity);
  }

  #change(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#changedMs = this.#clock.monotonicMs();
  }
}
