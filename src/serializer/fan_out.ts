import type { BatchStore, EncodedBatch, StorableBatch } from "../contracts.ts";

/**
 * One batch on its way into the stores of all endpoints: encoded once, and a
 * store that has it is not asked again when another one failed.
 */
export class FanOut {
  readonly #storable: StorableBatch;
  readonly #done = new Set<BatchStore>();
  #stagedIn: BatchStore | undefined;

  constructor(batch: EncodedBatch) {
    this.#storable = { batch };
  }

  /** Some store has it. */
  get isBegun(): boolean {
    return this.#done.size > 0;
  }

  /** Does ahead what `into` would have to wait for: the first store writes, the others share. */
  async stage([first]: readonly BatchStore[]): Promise<void> {
    await first?.stage(this.#storable);
    this.#stagedIn = first;
  }

  /** Resolves when every store has the batch; rejects with the first failure. */
  async into(stores: readonly BatchStore[]): Promise<void> {
    for (const store of stores) {
      if (this.#done.has(store)) continue;
      await store.append(this.#storable);
      this.#done.add(store);
    }
  }

  /** What was staged and is not wanted any more. */
  async unstage(): Promise<void> {
    await this.#stagedIn?.unstage(this.#storable);
    this.#stagedIn = undefined;
  }
}
