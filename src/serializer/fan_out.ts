import type { BatchStore, StorableBatch } from "../contracts.ts";
import type { EncodedBatch } from "../contracts.ts";

/**
 * One batch on its way into the stores of all endpoints: encoded once, and a
 * store that has it is not asked again when another one failed.
 */
export class FanOut {
  readonly #storable: StorableBatch;
  readonly #done = new Set<BatchStore>();

  constructor(batch: EncodedBatch) {
    this.#storable = { batch };
  }

  /** Resolves when every store has the batch; rejects with the first failure. */
  async into(stores: readonly BatchStore[]): Promise<void> {
    for (const store of stores) {
      if (this.#done.has(store)) continue;
      await store.append(this.#storable);
      this.#done.add(store);
    }
  }
}
