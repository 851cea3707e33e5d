/** A timer that is set. */
export interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
  /** In which order it was set: of two that are due together, the first fires first. */
  readonly number: number;
  isCancelled: boolean;
}

/** Timers by when they are due: a binary heap, as a test may have many thousands of them. */
export class Timers {
  readonly #heap: Timer[] = [];
  #set = 0;
  #waiting = 0;

  /** Timers that were neither cancelled nor taken. */
  get size(): number {
    return this.#waiting;
  }

  /** Sets a timer. */
  add(dueMs: number, fire: () => void): Timer {
    const timer = { dueMs, fire, number: this.#set++, isCancelled: false };
    this.#waiting++;
    this.#rise(this.#heap.push(timer) - 1);
    return timer;
  }

  /** It will not be taken, unless it was. */
  cancel(timer: Timer): void {
    if (timer.isCancelled) return;
    timer.isCancelled = true;
    this.#waiting--;
  }

  /** Takes the timer that is due first, if that is by `endMs`. */
  takeBy(endMs: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (!first.isCancelled && first.dueMs > endMs) return undefined;
      const last = this.#heap.pop()!;
      if (last !== first) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (first.isCancelled) continue;
      this.cancel(first);
      return first;
    }
    return undefined;
  }

  #rise(place: number): void {
    const timer = this.#heap[place]!;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (isBefore(this.#heap[above]!, timer)) break;
      this.#heap[place] = this.#heap[above]!;
      place = above;
    }
    this.#heap[place] = timer;
  }

  #sink(): void {
    const timer = this.#heap[0]!;
    let place = 0;
    for (let below = 1; below < this.#heap.length; below = 2 * place + 1) {
      const other = this.#heap[below + 1];
      if (other !== undefined && isBefore(other, this.#heap[below]!)) below++;
      if (isBefore(timer, this.#heap[below]!)) break;
      this.#heap[place] = this.#heap[below]!;
      place = below;
    }
    this.#heap[place] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number);
}
