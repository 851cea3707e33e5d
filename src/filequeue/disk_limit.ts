import type { BatchId, EndpointEvents, StoreRules } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import type { Inventory } from "../store/inventory.ts";
import type { BatchLoader } from "./batch_loader.ts";
import type { SyncLater } from "./sync_later.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";
import type { PendingDeletes } from "./pending_deletes.ts";

/** What a {@link DiskLimit} works with. */
interface DiskLimitDependencies extends DirectoryDependencies {
  /** For messages. */
  readonly root: string;
  readonly rules: () => StoreRules;
  readonly inventory: Inventory;
  readonly loader: BatchLoader;
  readonly syncLater: SyncLater;
  readonly pendingDeletes: PendingDeletes;
  readonly events: EndpointEvents;
}

/** The limit on the bytes of a queue: the oldest batches go, or the new one is refused. */
export class DiskLimit {
  readonly #dependencies: DiskLimitDependencies;
  readonly #log: LogLimiter;
  /** One after the other: two at once would each drop what makes room for both. */
  readonly #turns = new SerialExecutor();
  #closed = false;

  constructor(dependencies: DiskLimitDependencies) {
    this.#dependencies = dependencies;
    this.#log = new LogLimiter(dependencies.clock);
  }

  /**
   * Sees to it that so many bytes more are within the limit. A batch that is alone
   * is stored however large it is.
   *
   * @param mayDrop false for what is sent again on purpose: nothing that waits is dropped for it
   * @throws {WalqError} `STORAGE` when they are not, and nothing may be dropped.
   */
  async makeRoom(more: number, mayDrop: boolean = true): Promise<void> {
    if (this.#dependencies.rules().maxDiskBytes === 0) return;
    await this.#turns.run(() => this.#makeRoom(more, mayDrop));
  }

  /** Drops nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.settled;
  }

  async #makeRoom(more: number, mayDrop: boolean): Promise<void> {
    const { rules, inventory, root } = this.#dependencies;
    const { maxDiskBytes, onFull } = rules();
    if (maxDiskBytes === 0) return;
    // Where nothing is to come in, the last batch is the one that is alone.
    const isAlone = (): boolean => more > 0 ? inventory.bytes <= 0 : inventory.batches <= 1;
    while (!this.#closed && !isAlone() && inventory.bytes + more > maxDiskBytes) {
      if (onFull === "reject" || !mayDrop) {
        throw new WalqError(
          "STORAGE",
          `got ${more} bytes on top of ${inventory.bytes}, expected at most ${maxDiskBytes} ` +
            `(max_disk_bytes) in ${root}`,
        );
      }
      // Those that are being sent stay.
      const id = inventory.oldestWaiting;
      if (id === undefined) return;
      await this.#drop(id);
    }
  }

  /** Deletes the batch, with its signals counted as dropped, unless it does not wait any more. */
  async #drop(id: BatchId): Promise<void> {
    const { inventory, loader } = this.#dependencies;
    const size = await loader.sizeToDrop(id);
    // It was taken to be sent meanwhile.
    if (!inventory.takeOldest(id)) return;
    try {
      if (size instanceof FileSystemError) return await loader.giveUp(id, size);
      const { directory, syncLater, pendingDeletes, events } = this.#dependencies;
      inventory.giveUp(id, size);
      syncLater.forget(id);
      events.settled({ outcome: "disk_limit", signals: size.signals });
      this.#logDrop(directory.pathOf(id), size.signals);
      if (await pendingDeletes.remove(id)) return;
      throw new WalqError("STORAGE", `cannot delete ${directory.pathOf(id)} to make room`);
    } finally {
      inventory.done(id);
    }
  }

  /** Applies the limit when nothing comes in: it was lowered, or a backlog was counted. */
  async trim(): Promise<void> {
    if (this.#dependencies.rules().onFull === "reject") return;
    try {
      await this.makeRoom(0);
    } catch (error) {
      this.#dependencies.logger.warn("cannot make room", { error: messageOf(error) });
    }
  }

  /** One line in a while: a full disk drops a batch for each that comes. */
  #logDrop(path: string, signals: number): void {
    const hidden = this.#log.admit();
    if (hidden === undefined) return;
    const fields = { reason: "disk_limit", path, signals, drops_not_logged: hidden || undefined };
    this.#dependencies.logger.warn("signals dropped", fields);
  }
}
