import type { Clock } from "../contracts.ts";

/** What is asked for is so much more than what is needed, as a backlog may grow older while it is sent. */
const MORE = 1.25;
const MORE_MS = 60_000;
/** So much of what was shown may be needed before more is asked for. */
const SCARCE = 0.9;
/** One that has refused is asked again when it may have been updated, or when much less is needed. */
const REFUSED_MS: number = 60 * 60_000;
const LESS = 0.8;
const UNANSWERED_MS_FIRST = 5_000;
const UNANSWERED_MS_MAX = 60_000;

/** What is known of how late samples may come to an endpoint. */
export class OrderProof {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #provenMs = 0;
  #refusal:
    | { readonly words: string; readonly neededMs: number; readonly atMs: number }
    | undefined;
  #askAtMs = -Infinity;
  #unansweredMs = UNANSWERED_MS_FIRST;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** It takes what is behind its newest sample by so much. */
  get provenMs(): number {
    return this.#provenMs;
  }

  /** Its words, if it has refused what is needed. */
  get refusal(): string | undefined {
    return this.#refusal?.words;
  }

  covers(neededMs: number): boolean {
    return this.#refusal === undefined && this.#provenMs > 0 && neededMs <= this.#provenMs;
  }

  /** It is time to ask for more. */
  isScarce(neededMs: number): boolean {
    return neededMs > this.#provenMs * SCARCE;
  }

  mayAsk(neededMs: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#askAtMs) return false;
    const refusal = this.#refusal;
    return refusal === undefined || nowMs - refusal.atMs >= REFUSED_MS ||
      neededMs < refusal.neededMs * LESS;
  }

  /** How late what is asked with has to be. */
  toAsk(neededMs: number): number {
    return Math.ceil(neededMs * MORE + MORE_MS);
  }

  shown(lateByMs: number): void {
    this.#refusal = undefined;
    this.#provenMs = Math.max(this.#provenMs, lateByMs);
    this.#unansweredMs = UNANSWERED_MS_FIRST;
  }

  /** What it took before it may not take any more. */
  refused(words: string, neededMs: number): void {
    this.#refusal = { words, neededMs, atMs: this.#clock.monotonicMs() };
    this.#provenMs = 0;
    this.#unansweredMs = UNANSWERED_MS_FIRST;
  }

  unanswered(): void {
    this.#askAtMs = this.#clock.monotonicMs() + this.#unansweredMs;
    this.#unansweredMs = Math.min(this.#unansweredMs * 2, UNANSWERED_MS_MAX);
  }

  forgetRefusal(): void {
    this.#refusal = undefined;
    this.#askAtMs = -Infinity;
  }

  /** What was shown says nothing about the next time: the endpoint may have been changed by then. */
  expire(): void {
    this.#provenMs = 0;
  }

  /** The endpoint may be another one. */
  forget(): void {
    this.forgetRefusal();
    this.expire();
    this.#unansweredMs = UNANSWERED_MS_FIRST;
  }
}
