import type { Clock } from "../contracts.ts";

/** Larger requests are tried after this long without a 413. The wait doubles each time that fails. */
export const GROW_AFTER_MS_FIRST = 10_000;
export const GROW_AFTER_MS_MAX: number = 10 * 60_000;
const GROWTH = 2;

/**
 * What size of a request the endpoint takes, learned from its answers; the shards of
 * an endpoint share it. In bytes as they are sent, which is what proxies count.
 */
export class RequestSize {
  readonly #clock: Clock;
  #bytesMax = Infinity;
  /** The largest that was taken since one of its size was not. */
  #takenBytes = 0;
  /** The smallest that could not be parted and was too large all the same. */
  #aloneBytes = Infinity;
  #changedMs = 0;
  #growAfterMs = GROW_AFTER_MS_FIRST;
  /** The bound before larger ones were tried; Infinity while none are. */
  #grownFromBytes = Infinity;
  /** Attempts that have left. */
  #left = 0;
  /** The last one to leave of those that were taken. */
  #lastTaken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** No request was taken since one was too large, however small. */
  get takesNothing(): boolean {
    return this.#takenBytes === 0;
  }

  /** How many attempts have left so far: what an answer says holds for those that leave later. */
  get left(): number {
    return this.#left;
  }

  /** Whether one that left behind so many others was taken. */
  tookOneAfter(left: number): boolean {
    return this.#lastTaken > left;
  }

  fits(bytes: number): boolean {
    return bytes <= this.#bytesMax;
  }

  /** An attempt leaves. Returns its number. */
  leaves(): number {
    return ++this.#left;
  }

  /** A request was too large; `halfBytes` is the larger of its halves. */
  tooLarge(bytes: number, halfBytes: number): void {
    // Not as large as before: the endpoint has changed, or counts something else than bytes.
    if (this.#takenBytes >= bytes) this.#takenBytes = 0;
    // What was tried is larger than what is taken: it is tried less often.
    if (bytes > this.#grownFromBytes) {
      this.#growAfterMs = Math.min(this.#growAfterMs * GROWTH, GROW_AFTER_MS_MAX);
    }
    this.#change(Math.max(halfBytes, this.#takenBytes));
  }

  /** One that cannot be parted was too large. */
  tooLargeAlone(bytes: number): void {
    this.#aloneBytes = Math.min(this.#aloneBytes, bytes);
    if (this.#takenBytes < bytes) return;
    this.#doubt();
    this.#takenBytes = 0;
  }

  /** `number` is the attempt's: see `leaves`. */
  taken(bytes: number, number: number): void {
    this.#lastTaken = Math.max(this.#lastTaken, number);
    this.#takenBytes = Math.max(this.#takenBytes, bytes);
    if (this.#takenBytes >= this.#aloneBytes) this.#doubt();
    if (this.#bytesMax === Infinity) return;
    if (bytes > this.#grownFromBytes) this.#growAfterMs = GROW_AFTER_MS_FIRST;
    if (this.#clock.monotonicMs() - this.#changedMs < this.#growAfterMs) return;
    const grownFromBytes = this.#bytesMax;
    this.#change(this.#bytesMax * GROWTH);
    this.#grownFromBytes = grownFromBytes;
  }

  /** Where one as large was taken, it is not size that the endpoint dislikes: nothing was learned. */
  #doubt(): void {
    this.#aloneBytes = Infinity;
    this.#growAfterMs = GROW_AFTER_MS_FIRST;
    this.#change(Infinity);
  }

  #change(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#grownFromBytes = Infinity;
    this.#changedMs = this.#clock.monotonicMs();
  }
}
