import type { RequestBody, SealedRequest, SelectSignals } from "../contracts.ts";
import { assert } from "../assert.ts";
import { LONE_REFUSALS_MAX, type RefusedBefore } from "./gate.ts";
import type { RequestSize } from "./request_size.ts";

/**
 * Attempts that splitting one request may cost beyond its own: three poisoned
 * signals among a thousand are found with that. A request in which all is poison
 * must not keep its shard from the next one for thousands of attempts.
 */
export const SPLIT_ATTEMPTS_MAX = 64;

/**
 * How many pieces in a row may be too large although they cannot be split. If none
 * behind them is taken either, the endpoint seems to take nothing.
 */
export const TOO_LARGE_MAX = 64;

/** A request as it came, and what has become of it. */
interface Whole {
  readonly body: RequestBody;
  delivered: number;
  /** How often it has left, or a part of it. */
  attempts: number;
  /** Nobody will look at its bytes any more. */
  isSpent: boolean;
  attemptsLeft: number;
  tooLargeLeft: number;
}

/** What became of a request that was begun. */
interface Outcome {
  readonly body: RequestBody;
  /** All of it was. */
  readonly isDelivered: boolean;
  /** Nobody will look at its bytes any more. */
  readonly isSpent: boolean;
}

/** All of a request, or a part of it, that is to be sent. */
export interface Piece {
  readonly request: SealedRequest;
  readonly whole: Whole;
  /** How this very piece was refused before. */
  readonly before: RefusedBefore;
  /** How many attempts had left when it was too large. */
  refusedLeft: number;
  /** What the endpoint said to it last. */
  answer: LastAnswer;
}

/** What came of an attempt, for who keeps what was refused. */
interface LastAnswer {
  readonly status: number | undefined;
  readonly reason: string | undefined;
}

/** Where the pieces come from, and what splits them. */
interface SplittingDependencies {
  readonly select: SelectSignals;
  readonly size: RequestSize;
  /** Whether a request of this size may leave. */
  readonly fits: (bytes: number) => boolean;
  /** The next request of the shard, if there is one now. */
  readonly more: () => SealedRequest | undefined;
}

const NO_ANSWER: LastAnswer = { status: undefined, reason: undefined };

/** What is still to be sent of requests that may be split, in order. */
export class Splitting {
  readonly #dependencies: SplittingDependencies;
  readonly #maySplit: boolean;
  readonly #wholes: Whole[] = [];
  /** The next one is the last. */
  readonly #waiting: Piece[] = [];
  /** Too large, in order, while nobody knows whether the endpoint takes anything. */
  #aside: Piece[] = [];
  #asideMax = TOO_LARGE_MAX;

  /** For a 400 they are never split unless they `maySplit`. */
  constructor(request: SealedRequest, dependencies: SplittingDependencies, maySplit: boolean) {
    this.#dependencies = dependencies;
    this.#maySplit = maySplit;
    this.#add(request);
  }

  /** Of each request that was begun, in order. */
  outcomes(): Outcome[] {
    return this.#wholes.map(({ body, delivered, isSpent }) => {
      return { body, isDelivered: delivered === body.signals, isSpent };
    });
  }

  /** It may be split, but its request has been split as often as one may be. */
  isUsedUp({ whole }: Piece): boolean {
    return whole.tooLargeLeft === 0 || (this.#maySplit && whole.attemptsLeft < 2);
  }

  /** Splits down to a size that the endpoint is known to take, as far as possible. */
  next(): Piece | undefined {
    if (this.#waiting.length === 0) this.#putBack();
    for (;;) {
      const next = this.#waiting.pop();
      if (next === undefined || next.whole.tooLargeLeft === 0) return next;
      if (this.#fits(next)) return next;
      const halves = this.#halves(next.request);
      if (halves === undefined) return next;
      this.#queue(next.whole, halves);
    }
  }

  /** Puts a piece back that has waited to leave, if it is too large by now. */
  refit(piece: Piece): boolean {
    if (piece.whole.tooLargeLeft === 0 || this.#fits(piece)) return false;
    const halves = this.#halves(piece.request);
    if (halves === undefined) return false;
    this.#queue(piece.whole, halves);
    return true;
  }

  /** Puts the halves of a rejected piece next. False when it cannot be split, or was split too often. */
  split(rejected: Piece): boolean {
    return this.#maySplit && this.splitLone(rejected);
  }

  /** The same for one that the endpoint refuses while it takes others. */
  splitLone({ request, whole }: Piece): boolean {
    if (whole.attemptsLeft < 2) return false;
    const halves = this.#halves(request);
    if (halves === undefined) return false;
    whole.attemptsLeft -= 2;
    this.#queue(whole, halves);
    return true;
  }

  /** The same for a piece that was too large, or seems to be: it costs nothing, as the next ones are made smaller at once. */
  halve({ request, whole }: Piece): boolean {
    const { size } = this.#dependencies;
    if (whole.tooLargeLeft === 0) return false;
    const halves = this.#halves(request);
    const { length: bytes } = request.body.bytes;
    if (halves === undefined) {
      size.tooLargeAlone(bytes);
      return false;
    }
    const [first, second] = halves.map(({ body }) => body.bytes.length) as [number, number];
    size.tooLarge(bytes, Math.max(first, second));
    this.#queue(whole, halves);
    return true;
  }

  /** A piece that cannot be split was too large, and is not kept. */
  giveUp({ whole }: Piece): void {
    if (this.#dependencies.size.takesNothing && whole.tooLargeLeft > 0) whole.tooLargeLeft--;
  }

  /**
   * Leaves what cannot be parted and is too large for later: what comes behind it, also
   * in the next request, shows whether the endpoint takes anything at all. False when it
   * seems that it does not; then all come again.
   */
  setAside(tooLarge: Piece): boolean {
    tooLarge.refusedLeft = this.#dependencies.size.left;
    this.#aside.push(tooLarge);
    if (this.#aside.length < this.#asideMax) {
      if (this.#waiting.length > 0) return true;
      // No more than one: what is begun is held in memory.
      const more = this.#wholes.length === 1 ? this.#dependencies.more() : undefined;
      if (more !== undefined) {
        this.#add(more);
        return true;
      }
    } else {
      // Behind a longer row there may be one that is taken.
      this.#asideMax *= 2;
    }
    this.#putBack();
    return false;
  }

  /** What is indeed too large, as others are taken: once it was refused, or each time that it was. */
  tooLarge(): readonly Piece[] {
    const isAlone = ({ before }: Piece): boolean => before.alone >= LONE_REFUSALS_MAX;
    const found = this.#aside.filter((piece) =>
      this.#dependencies.size.tookOneAfter(piece.refusedLeft)
    );
    if (found.length > 0) this.#aside = this.#aside.filter((piece) => !found.includes(piece));
    for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
      if (!isAlone(last)) break;
      found.push(last);
      this.#waiting.pop();
    }
    return found;
  }

  #add(request: SealedRequest): void {
    const whole = {
      body: request.body,
      delivered: 0,
      attempts: 0,
      isSpent: false,
      attemptsLeft: SPLIT_ATTEMPTS_MAX,
      tooLargeLeft: TOO_LARGE_MAX,
    };
    this.#wholes.push(whole);
    this.#waiting.unshift(pieceOf(request, whole));
  }

  /** Undefined when the request cannot be split. */
  #halves(request: SealedRequest): readonly [SealedRequest, SealedRequest] | undefined {
    const { request: first } = this.#dependencies.select(request, { half: "first" });
    if (first === undefined) return undefined;
    const { request: second } = this.#dependencies.select(request, { half: "second" });
    const signals = first.body.signals + (second?.body.signals ?? 0);
    const all = request.body.signals;
    assert(second !== undefined && signals === all, `${signals} signals in halves of ${all}`);
    return [first, second];
  }

  #fits({ request }: Piece): boolean {
    return this.#dependencies.fits(request.body.bytes.length);
  }

  #putBack(): void {
    this.#waiting.push(...this.#aside.splice(0).reverse());
  }

  #queue(whole: Whole, [first, second]: readonly [SealedRequest, SealedRequest]): void {
    this.#waiting.push(pieceOf(second, whole), pieceOf(first, whole));
  }
}

function pieceOf(request: SealedRequest, whole: Whole): Piece {
  const before = { taken: undefined, alone: 0 };
  return { request, whole, before, refusedLeft: 0, answer: NO_ANSWER };
}
