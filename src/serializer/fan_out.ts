import type { BatchId, BatchSink, EncodedBatch, StagedBatch, StorableBatch } from "../contracts.ts";

/**
 * One batch on its way into the stores of all endpoints: encoded once, and a
 * store that has it is not asked again when another one failed.
 */
export class FanOut {
  readonly #storable: StorableBatch;
  readonly #done = new Set<BatchSink>();
  #staged: { readonly store: BatchSink; readonly batch: StagedBatch } | undefined;

  constructor(batch: EncodedBatch) {
    this.#storable = { batch };
  }

  /** Some store has it. */
  get isBegun(): boolean {
    return this.#done.size > 0;
  }

  /** Does ahead what `into` would have to wait for: the first store writes, the others share. */
  async stage([first]: readonly BatchSink[]): Promise<void> {
    if (first === undefined) return;
    this.#staged = { store: first, batch: await first.stage(this.#storable) };
  }

  /** Resolves when every store has the batch; rejects with the first failure. */
  async into(stores: readonly BatchSink[]): Promise<void> {
    for (const store of stores) {
      if (this.#done.has(store)) continue;
      await this.#storeIn(store);
      this.#done.add(store);
    }
  }

  /** What was staged and is not wanted any more. */
  async discard(): Promise<void> {
    const staged = this.#staged;
    this.#staged = undefined;
    await staged?.batch.discard();
  }

  #storeIn(store: BatchSink): Promise<BatchId> {
    const staged = this.#staged;
    return staged?.store === store ? staged.batch.commit() : store.append(this.#storable);
  }
}
