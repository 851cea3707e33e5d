import type { BatchId, BatchLane, Lease, StoreTotals } from "../contracts.ts";
import type { BatchLoader } from "./batch_loader.ts";
import type { DeliveredBatches } from "./delivered_batches.ts";
import type { Inventory, Range } from "./inventory.ts";
import type { ReadBack } from "./read_back.ts";

/** What a {@link StoreLane} is a part of. */
interface StoreLaneDependencies {
  readonly store: Pick<BatchLane, "ack" | "quarantine">;
  readonly inventory: Inventory;
  readonly loader: BatchLoader;
  /** Told of what is leased, and comes back. */
  readonly delivered: DeliveredBatches | undefined;
}

/** The batches of a queue from one id on, read by one who may read beside another. */
export class StoreLane implements BatchLane {
  readonly #of: StoreLaneDependencies;
  readonly #range: Range;
  readonly #readBack: ReadBack;

  constructor(dependencies: StoreLaneDependencies, from: BatchId) {
    this.#of = dependencies;
    this.#range = { from, below: Infinity };
    this.#readBack = dependencies.loader.readBack();
  }

  async next(signal: AbortSignal): Promise<Lease | undefined> {
    const { inventory, loader, delivered } = this.#of;
    while (!signal.aborted) {
      const id = inventory.take(this.#range);
      if (id === undefined) await inventory.more(signal, this.#range);
      else {
        const lease = await loader.lease(id, this.#readBack);
        if (lease === undefined) continue;
        delivered?.leased(lease);
        return lease;
      }
    }
    return undefined;
  }

  giveBelow(id: BatchId): void {
    this.#of.inventory.giveBelow(id, this.#range);
  }

  through(signal: AbortSignal): Promise<boolean> {
    return this.#of.inventory.through(signal, this.#range);
  }

  get pending(): BatchLane["pending"] {
    return this.#of.inventory.pending(this.#range);
  }

  ack(id: BatchId): Promise<void> {
    return this.#of.store.ack(id);
  }

  quarantine(id: BatchId, reason: string): Promise<void> {
    return this.#of.store.quarantine(id, reason);
  }

  release(): void {
    const ids = this.#of.inventory.release(this.#range);
    this.#of.delivered?.released(ids);
  }

  totals(): StoreTotals {
    return this.#of.inventory.totals();
  }
}
