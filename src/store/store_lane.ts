import type { BatchId, BatchLane, Lease, StoreTotals } from "../contracts.ts";
import type { Inventory, Range } from "./inventory.ts";

/**
 * Leases a batch that is in hand; undefined when it is given up. What it gave is good until
 * the next call. @param after the next ones that wait in the lane, at most so many
 */
type LeaseBatch = (
  id: BatchId,
  after: (count: number) => readonly BatchId[],
) => Promise<Lease | undefined>;

/** What a {@link StoreLane} is a part of. */
interface StoreLaneDependencies {
  readonly store: Pick<BatchLane, "ack" | "quarantine">;
  readonly inventory: Inventory;
  /** See {@link LeaseBatch}. */
  readonly lease: LeaseBatch;
  /** Told of what comes back. */
  readonly onReleased?: ((ids: readonly BatchId[]) => void) | undefined;
}

/** The batches of a store from one id on, read by one who may read beside another. */
export class StoreLane implements BatchLane {
  readonly #of: StoreLaneDependencies;
  readonly #range: Range;

  constructor(dependencies: StoreLaneDependencies, from: BatchId) {
    this.#of = dependencies;
    this.#range = { from, below: Infinity };
  }

  async next(signal: AbortSignal): Promise<Lease | undefined> {
    const { inventory } = this.#of;
    while (!signal.aborted) {
      const id = inventory.take(this.#range);
      if (id === undefined) await inventory.more(signal, this.#range);
      else {
        const { below } = this.#range;
        const lease = await this.#of.lease(
          id,
          (count) => inventory.waitingFrom(id + 1, count).filter((next) => next < below),
        );
        if (lease !== undefined) return lease;
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
    this.#of.onReleased?.(ids);
  }

  totals(): StoreTotals {
    return this.#of.inventory.totals();
  }
}
