import type { SealedRequest, SelectSignals } from "../contracts.ts";
import { assert } from "../assert.ts";
import type { RequestSize } from "./request_size.ts";

/**
 * Attempts that splitting one request may cost beyond its own: three poisoned
 * signals among a thousand are found with that. A request in which all is poison
 * must not keep its shard from the next one for thousands of attempts.
 */
export const SPLIT_ATTEMPTS_MAX = 64;

/**
 * So many single signals of one request are asked about that are too large for an
 * endpoint that takes nothing: the rest will be, too. As long as it takes any, each is
 * asked about.
 */
export const TOO_LARGE_MAX = 64;

/** What is still to be sent of one request that may be split, in order. */
export class Splitting {
  readonly #select: SelectSignals;
  readonly #size: RequestSize;
  /** The next one is the last. */
  readonly #waiting: SealedRequest[];
  #attemptsLeft: number;
  #tooLargeLeft = TOO_LARGE_MAX;
  /** Too large by themselves, in order, while nobody knows whether the endpoint takes anything. */
  readonly #aside: SealedRequest[] = [];
  readonly #maySplit: boolean;

  /** For a 400 it is never split unless it `maySplit`. */
  constructor(
    request: SealedRequest,
    tools: { readonly select: SelectSignals; readonly size: RequestSize },
    maySplit: boolean,
  ) {
    this.#select = tools.select;
    this.#size = tools.size;
    this.#waiting = [request];
    this.#maySplit = maySplit;
    this.#attemptsLeft = maySplit ? SPLIT_ATTEMPTS_MAX : 0;
  }

  /** It may be split, and has been as often as one request may. */
  get isUsedUp(): boolean {
    return this.#tooLargeLeft === 0 || (this.#maySplit && this.#attemptsLeft < 2);
  }

  /** In a size that the endpoint is known to take, as far as it can be parted. */
  next(): SealedRequest | undefined {
    if (this.#waiting.length === 0) this.#putBack();
    for (;;) {
      const next = this.#waiting.pop();
      if (next === undefined || this.#tooLargeLeft === 0) return next;
      if (this.#size.fits(next.body.bytes.length)) return next;
      const halves = this.#halves(next);
      if (halves === undefined) return next;
      this.#queue(halves);
    }
  }

  /** Has the halves of a refused request come next. False when it cannot be parted, or has been too often. */
  split(refused: SealedRequest): boolean {
    if (this.#attemptsLeft < 2) return false;
    const halves = this.#halves(refused);
    if (halves === undefined) return false;
    this.#attemptsLeft -= 2;
    this.#queue(halves);
    return true;
  }

  /** The same for one that was too large: it costs nothing, as the next ones are made smaller at once. */
  halve(tooLarge: SealedRequest): boolean {
    if (this.#tooLargeLeft === 0) return false;
    const halves = this.#halves(tooLarge);
    const { length: bytes } = tooLarge.body.bytes;
    if (halves === undefined) {
      if (this.#size.takesNothing) this.#tooLargeLeft--;
      this.#size.tooLargeAlone(bytes);
      return false;
    }
    const [first, second] = halves.map(({ body }) => body.bytes.length) as [number, number];
    this.#size.tooLarge(bytes, Math.max(first, second));
    this.#queue(halves);
    return true;
  }

  /**
   * Leaves a single signal that is too large for later: the next ones show whether the
   * endpoint takes anything at all. False when it seems that it does not; then all come again.
   */
  setAside(tooLarge: SealedRequest): boolean {
    this.#aside.push(tooLarge);
    if (this.#waiting.length > 0 && this.#aside.length < TOO_LARGE_MAX) return true;
    this.#putBack();
    return false;
  }

  /** What was set aside and is indeed too large, as others are taken. */
  tooLarge(): readonly SealedRequest[] {
    return this.#size.takesNothing ? [] : this.#aside.splice(0);
  }

  /** Undefined when the request cannot be parted. */
  #halves(request: SealedRequest): readonly [SealedRequest, SealedRequest] | undefined {
    const { request: first } = this.#select(request, { half: "first" });
    if (first === undefined) return undefined;
    const { request: second } = this.#select(request, { half: "second" });
    const signals = first.body.signals + (second?.body.signals ?? 0);
    const all = request.body.signals;
    assert(second !== undefined && signals === all, `${signals} signals in halves of ${all}`);
    return [first, second];
  }

  #putBack(): void {
    this.#waiting.push(...this.#aside.splice(0).reverse());
  }

  #queue([first, second]: readonly [SealedRequest, SealedRequest]): void {
    this.#waiting.push(second, first);
  }
}
