import type { Clock } from "../contracts.ts";

/** So long a request may take that others are to follow soon. */
const TARGET_MS = 1_000;
/** A request is made no smaller. */
const BYTES_MIN = 64;
/** The first one is no larger where nobody knows what is taken in time. */
const BYTES_UNKNOWN = 4_096;
/** So many in a row that are as small as that, and slow all the same, show that it is not for their size. */
const VAIN = 4;
/** A small request says less of how much is taken than the larger ones before it. */
const FADES = 0.9;
/** It may be otherwise after a while. */
const VAIN_MS: number = 10 * 60_000;

/**
 * How much may be under way at once of what is not to keep others waiting: an endpoint with
 * much to do has a request wait for all that came before it. First there are fewer requests,
 * then smaller ones, as long as that makes them faster.
 */
export class Pace {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #requestsMax = Infinity;
  #bytesMax = Infinity;
  /** Small ones in a row that were slow. */
  #slow = 0;
  /** What began before says nothing about what holds now. */
  #changedMs = -Infinity;
  /** What was taken in a millisecond, of late. */
  #perMs = 0;
  /** Until then nothing is held back: the endpoint takes as long however little it gets. */
  #vainUntilMs = -Infinity;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Requests that may be under way at once. */
  get requestsMax(): number {
    return this.#requestsMax;
  }

  fits(bytes: number): boolean {
    return bytes <= this.#bytesMax;
  }

  /** The endpoint does not answer: what it takes first again is to be no more than it took in time before. */
  unsure(): void {
    if (this.#clock.monotonicMs() < this.#vainUntilMs) return;
    const bytes = this.#perMs === 0 ? BYTES_UNKNOWN : this.#perMs * TARGET_MS;
    this.#bytesMax = Math.min(this.#bytesMax, Math.max(BYTES_MIN, bytes));
  }

  /** A request of this size had its answer, or none in time, when so many were under way. */
  took(bytes: number, durationMs: number, underWay: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#perMs = Math.max(bytes / Math.max(1, durationMs), this.#perMs * FADES);
    if (nowMs < this.#vainUntilMs || nowMs - durationMs < this.#changedMs) return;
    if (durationMs <= TARGET_MS) {
      this.#slow = 0;
      if (durationMs < TARGET_MS / 2) this.#grow(bytes);
      return;
    }
    this.#changedMs = nowMs;
    // One that would be slow also if the others had kept it waiting all the time.
    if (durationMs / underWay > TARGET_MS) {
      return this.#shrink(bytes, underWay * bytes / durationMs);
    }
    this.#requestsMax = Math.max(1, Math.floor(Math.min(underWay, this.#requestsMax) / 2));
  }

  #shrink(bytes: number, perMs: number): void {
    this.#requestsMax = 1;
    this.#bytesMax = Math.max(BYTES_MIN, bytes / 2, perMs * TARGET_MS);
    this.#slow = bytes <= 2 * BYTES_MIN ? this.#slow + 1 : 0;
    if (this.#slow < VAIN) return;
    this.#slow = 0;
    this.#vainUntilMs = this.#clock.monotonicMs() + VAIN_MS;
    this.#requestsMax = this.#bytesMax = Infinity;
  }

  /** There is room for more: first for larger ones. */
  #grow(bytes: number): void {
    if (this.#bytesMax === Infinity) this.#requestsMax++;
    else if (bytes * 2 >= this.#bytesMax) this.#bytesMax *= 2;
    if (this.#bytesMax > 2 ** 24) this.#bytesMax = Infinity;
  }
}
