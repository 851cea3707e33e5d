import type { BatchId } from "../contracts.ts";
import type { IdRuns } from "./id_runs.ts";

/**
 * Which of the batches that were found at start have been counted. The newest are
 * counted in the background, the oldest as they are read to be sent. So two ids
 * describe it, together with the few batches that are exceptions.
 */
export class CountedBatches {
  /** Every id below has been read since the start. */
  #readBelow: BatchId = 0;
  /** Every id from here on has been counted: in the background, or when it was stored. */
  #countedFrom: BatchId;
  /** Exceptions that are not counted: the background could not read them, or they are in hand. */
  readonly #skipped = new Set<BatchId>();

  /** @param firstNew the first id that this run will use */
  constructor(firstNew: BatchId) {
    this.#countedFrom = firstNew;
  }

  has(id: BatchId): boolean {
    return !this.#isBetween(id) && !this.#skipped.has(id);
  }

  /** Whether the background is to count it: it is not counted, and not in hand. */
  awaits(id: BatchId): boolean {
    return this.#isBetween(id) && !this.#skipped.has(id);
  }

  /** The batch is taken in hand and is counted there, even when a later one is read first. */
  take(id: BatchId): void {
    if (!this.has(id)) this.#skipped.add(id);
  }

  /** It could not be read, and waits again. */
  putBack(id: BatchId): void {
    if (this.#isBetween(id)) this.#skipped.delete(id);
  }

  /**
   * The batch was read, to be sent or dropped, and counted then.
   *
   * @param oldestWaiting older ones that wait have not been read
   */
  read(id: BatchId, oldestWaiting: BatchId = Infinity): void {
    if (oldestWaiting > id) this.#readBelow = Math.max(this.#readBelow, id + 1);
    this.#skipped.delete(id);
  }

  /** The background has come to these, and could not read some of them. */
  reached(ids: readonly BatchId[], unreadable: readonly BatchId[]): void {
    this.#countedFrom = Math.min(this.#countedFrom, ...ids);
    for (const id of unreadable) if (id >= this.#readBelow) this.#skipped.add(id);
  }

  /** The newest that the background has not come to, among those that wait. */
  newestLeft(waiting: IdRuns, count: number): BatchId[] {
    return waiting.lastBelow(this.#countedFrom, count).filter((id) => id >= this.#readBelow);
  }

  /** How many are not counted, of those that wait and those that are in hand. */
  left(waiting: IdRuns): number {
    return waiting.countBetween(this.#readBelow, this.#countedFrom) + this.#skipped.size;
  }

  #isBetween(id: BatchId): boolean {
    return id >= this.#readBelow && id < this.#countedFrom;
  }
}
