import type { BatchId } from "../contracts.ts";

/**
 * The ids of all queues on one data path. Whichever directories two batches are in,
 * the one with the smaller id was accepted first. A batch has the same id in each.
 */
export class Sequence {
  #last: BatchId = 0;

  /** No id up to this one is given from now on. */
  pass(id: BatchId): void {
    this.#last = Math.max(this.#last, id);
  }

  next(): BatchId {
    return ++this.#last;
  }
}
