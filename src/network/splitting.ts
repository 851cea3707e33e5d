import type { SealedRequest, SplitRequest } from "../contracts.ts";

/**
 * Attempts that splitting one request may cost beyond its own: three poisoned
 * signals among a thousand are found with that. A request in which all is poison
 * must not keep its shard from the next one for thousands of attempts.
 */
export const SPLIT_ATTEMPTS_MAX = 64;

/** What is still to be sent of one request that may be split, in order. */
export class Splitting {
  readonly #split: SplitRequest;
  /** The next one is the last. */
  readonly #waiting: SealedRequest[];
  #attemptsLeft: number;
  readonly #maySplit: boolean;

  /** It is never split unless it `maySplit`. */
  constructor(request: SealedRequest, split: SplitRequest, maySplit: boolean) {
    this.#split = split;
    this.#waiting = [request];
    this.#maySplit = maySplit;
    this.#attemptsLeft = maySplit ? SPLIT_ATTEMPTS_MAX : 0;
  }

  /** It may be split, and has been as often as one request may. */
  get isUsedUp(): boolean {
    return this.#maySplit && this.#attemptsLeft < 2;
  }

  next(): SealedRequest | undefined {
    return this.#waiting.pop();
  }

  /** Has the halves of a refused request come next. False when it cannot be parted, or has been too often. */
  split(refused: SealedRequest): boolean {
    if (this.#attemptsLeft < 2) return false;
    const halves = this.#split(refused);
    if (halves === undefined) return false;
    this.#attemptsLeft -= 2;
    const [first, second] = halves;
    this.#waiting.push(second, first);
    return true;
  }
}
