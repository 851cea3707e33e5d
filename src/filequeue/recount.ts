import type { BatchId } from "../contracts.ts";
import type { IdRuns } from "./id_runs.ts";

/** Files whose head is read at once. */
const AT_ONCE = 16;

/**
 * Which of the batches that were found at start have been counted. What a batch
 * holds stands in its file's head, and a long backlog must not delay the first
 * request: the newest are counted first, in the background, while the oldest are
 * counted as they are read to be sent. Two numbers are all that has to be kept.
 */
export class Recount {
  /** Every id below has been read since the start. */
  #readBelow: BatchId = 0;
  /** Every id from here on has been counted: in the background, or when it was stored. */
  #countedFrom: BatchId;
  /** Those in between that could not be counted in the background. */
  readonly #skipped = new Set<BatchId>();

  /** @param firstNew the first id that this run will use */
  constructor(firstNew: BatchId) {
    this.#countedFrom = firstNew;
  }

  isCounted(id: BatchId): boolean {
    return (id < this.#readBelow || id >= this.#countedFrom) && !this.#skipped.has(id);
  }

  /** The batch was read to be sent, and counted then. Ids come in order. */
  read(id: BatchId): void {
    this.#readBelow = Math.max(this.#readBelow, id + 1);
    this.#skipped.delete(id);
  }

  /** Batches that are not counted, among those that wait and those that are just taken out. */
  left(waiting: IdRuns, inHand: ReadonlySet<BatchId>): number {
    let left = waiting.countBetween(this.#readBelow, this.#countedFrom) + this.#skipped.size;
    for (const id of inHand) {
      if (!this.isCounted(id) && !this.#skipped.has(id)) left++;
    }
    return left;
  }

  /** The next batches for the background, the newest that are not counted; none when it is through. */
  next(waiting: IdRuns): BatchId[] {
    return waiting.lastBelow(this.#countedFrom, AT_ONCE).filter((id) => id >= this.#readBelow);
  }

  /** These went through the background; `failed` are left to be counted when they are read. */
  done(ids: readonly BatchId[], failed: readonly BatchId[]): void {
    this.#countedFrom = Math.min(this.#countedFrom, ...ids);
    for (const id of failed) {
      if (id >= this.#readBelow) this.#skipped.add(id);
    }
  }
}
