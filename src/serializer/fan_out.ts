import { atOnce } from "../actor/at_once.ts";
import type { BatchId, BatchPart, BatchSink, StagedBatch, StorableBatch } from "../contracts.ts";

/**
 * One batch on its way into the stores of all endpoints: encoded once, in one part or in
 * several, and a store that has a part is not asked for it again when another one failed.
 */
export class FanOut {
  readonly #parts: readonly PartOnItsWay[];

  constructor(parts: readonly BatchPart[]) {
    this.#parts = parts.map((part) => new PartOnItsWay(part));
  }

  /** Some store has some of it. */
  get isBegun(): boolean {
    return this.#parts.some(({ isBegun }) => isBegun);
  }

  /** Does ahead what `into` would have to wait for: the first store writes, the others share. */
  async stage([first]: readonly BatchSink[]): Promise<void> {
    if (first !== undefined) await this.#each((part) => part.stage(first));
  }

  /** Resolves when every store has the batch; rejects with the first failure. */
  async into(stores: readonly BatchSink[]): Promise<void> {
    for (const store of stores) await this.#each((part) => part.into(store));
  }

  /** What was staged and is not wanted any more. */
  async discard(): Promise<void> {
    await this.#each((part) => part.discard());
  }

  /** All parts at once: each has a partition of its own, so none is before another. Most batches have one. */
  #each(work: (part: PartOnItsWay) => Promise<void>): Promise<unknown> {
    const [first] = this.#parts;
    if (this.#parts.length === 1) return work(first!);
    return atOnce(this.#parts, this.#parts.length, work);
  }
}

/** One part, and which stores have it. */
class PartOnItsWay {
  readonly #storable: StorableBatch;
  readonly #done = new Set<BatchSink>();
  #staged: { readonly store: BatchSink; readonly batch: StagedBatch } | undefined;

  constructor({ batch, partition }: BatchPart) {
    this.#storable = { batch, partition };
  }

  get isBegun(): boolean {
    return this.#done.size > 0;
  }

  async stage(store: BatchSink): Promise<void> {
    this.#staged = { store, batch: await store.stage(this.#storable) };
  }

  async into(store: BatchSink): Promise<void> {
    if (this.#done.has(store)) return;
    await this.#storeIn(store);
    this.#done.add(store);
    if (this.#staged?.store === store) this.#staged = undefined;
  }

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
