import type { BatchId, EndpointEvents, Logger, StoreRules } from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { StreamError } from "../errors.ts";
import type { BatchSize } from "../store/batch_size.ts";
import type { Inventory } from "../store/inventory.ts";

/** What a {@link DroppedOldest} works with. */
interface DroppedOldestDependencies {
  readonly events: EndpointEvents;
  readonly logger: Logger;
  readonly inventory: () => Inventory;
  /** What a batch holds; undefined of one that is gone. */
  readonly sizeOf: (id: BatchId) => Promise<BatchSize | undefined>;
  readonly rules: () => StoreRules;
  readonly onDropped: (id: BatchId) => void;
}

/**
 * Keeps an endpoint's backlog within its `max_disk_bytes`: the oldest that waits is dropped,
 * and counted. With `reject` nothing is: it is the stream's own limit that refuses what comes.
 */
export class DroppedOldest {
  readonly #of: DroppedOldestDependencies;
  readonly #trimming = new SerialExecutor();

  constructor(dependencies: DroppedOldestDependencies) {
    this.#of = dependencies;
  }

  /** Looks whether it is over the limit; never rejects. */
  async trim(): Promise<void> {
    if (!this.#isOver) return;
    try {
      await this.#trimming.run(async () => {
        while (this.#isOver && await this.#dropOne());
      });
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#of.logger.warn("cannot make room", { error: error.message });
    }
  }

  get #isOver(): boolean {
    const { maxDiskBytes, onFull } = this.#of.rules();
    if (maxDiskBytes === 0 || onFull !== "drop_oldest") return false;
    const inventory = this.#of.inventory();
    return inventory.batches > 1 && inventory.bytes > maxDiskBytes;
  }

  /** False when there is none that may go: those that are being sent stay. */
  async #dropOne(): Promise<boolean> {
    const inventory = this.#of.inventory();
    const id = inventory.oldestWaiting;
    if (id === undefined) return false;
    const size = await this.#of.sizeOf(id);
    // It was taken to be sent meanwhile, or all of it is another process's now.
    if (inventory !== this.#of.inventory() || !inventory.takeOldest(id)) return true;
    inventory.giveUp(id, size);
    inventory.done(id);
    const signals = size?.signals ?? 0;
    this.#of.events.settled({ outcome: "disk_limit", signals });
    this.#of.logger.warn("signals dropped", { reason: "disk_limit", seq: id, signals });
    this.#of.onDropped(id);
    return true;
  }
}
