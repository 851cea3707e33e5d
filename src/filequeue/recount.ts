import type { BatchId, CancelTimer, Clock } from "../contracts.ts";
import type { BatchSize } from "../store/batch_size.ts";
import type { Head, Inventory } from "../store/inventory.ts";
import { isGone } from "./not_found.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";

/** Files whose head is read at once. */
const AT_ONCE = 16;
const RETRY_MS = 30_000;

/**
 * Counts what was found at start. What a batch holds stands in its file's head, and a
 * long backlog must not delay the first request: the newest are counted first, in the
 * background, while the oldest are counted as they are read to be sent.
 */
export class Recount {
  readonly #inventory: Inventory;
  readonly #read: (id: BatchId) => Promise<BatchSize>;
  readonly #isOwner: () => Promise<boolean>;
  readonly #clock: Clock;
  #cancelRetry: CancelTimer | undefined;
  #stopped = false;

  /** @param read what a file holds, from its head */
  constructor(
    inventory: Inventory,
    read: (id: BatchId) => Promise<BatchSize>,
    { clock, isOwner }: Pick<DirectoryDependencies, "clock" | "isOwner">,
  ) {
    this.#inventory = inventory;
    this.#read = read;
    this.#clock = clock;
    this.#isOwner = isOwner;
  }

  /** From the newest to the oldest, until all is counted or it is stopped. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      const ids = this.#inventory.uncounted(AT_ONCE);
      if (ids.length === 0) return;
      const heads = await Promise.all(ids.map((id) => this.#head(id)));
      if (this.#stopped) return;
      if (heads.length > 1 && heads.every((head) => head === "unreadable")) {
        // All at once: it is the disk and not a single file.
        await this.#pause();
        continue;
      }
      this.#inventory.count(new Map(ids.map((id, at) => [id, heads[at]!])));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  async #head(id: BatchId): Promise<Head> {
    try {
      return await this.#read(id);
    } catch (error) {
      return await isGone(error, this.#isOwner) ? "gone" : "unreadable";
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#cancelRetry = this.#clock.after(RETRY_MS, resolve);
    });
  }
}
