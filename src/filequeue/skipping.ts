import type { BatchCounts, BatchId, EndpointEvents, SkipRule } from "../contracts.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import type { BatchLoader } from "./batch_loader.ts";
import type { BatchHead } from "../store/batch_size.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";
import type { Inventory } from "../store/inventory.ts";
import { isGone } from "./not_found.ts";
import type { PendingDeletes } from "./pending_deletes.ts";
import { FAULTS_OF_FILE } from "./read_back.ts";
import type { SyncLater } from "./sync_later.ts";

/** Files whose head is read at once, and those that are deleted. */
const AT_ONCE = 16;

/** What {@link Skipping} works with. */
interface SkippingDependencies extends DirectoryDependencies {
  readonly inventory: Inventory;
  readonly loader: BatchLoader;
  readonly syncLater: SyncLater;
  readonly pendingDeletes: PendingDeletes;
  readonly events: EndpointEvents;
  /** Throws when another process may own the files. */
  readonly refuseIfLost: () => void;
}

/**
 * Drops batches on purpose that wait and are old: by what their heads say, so that a backlog
 * of any size is neither read nor held. A batch that is older in part stays, and so does one
 * of which it cannot be told: it is found again when it is sent.
 */
export class Skipping {
  readonly #dependencies: SkippingDependencies;

  constructor(dependencies: SkippingDependencies) {
    this.#dependencies = dependencies;
  }

  /** See {@link BatchStore.skip}. */
  async run(rule: SkipRule): Promise<BatchCounts> {
    const { inventory, files, directory } = this.#dependencies;
    const sum = { batches: 0, signals: 0 };
    // What comes in meanwhile is another matter.
    const last = inventory.newest;
    try {
      for (let from = 0; from <= last;) {
        this.#refuseToGoOn(rule, sum);
        const next = rule.isDryRun
          ? inventory.pendingFrom(from, AT_ONCE)
          : inventory.waitingFrom(from, AT_ONCE);
        const ids = next.filter((id) => id <= last);
        if (ids.length === 0) break;
        await this.#skipOf(ids, rule, sum);
        from = ids.at(-1)! + 1;
      }
    } finally {
      if (sum.batches > 0 && !rule.isDryRun) {
        await files.syncDirectory(directory.wal).catch(refused);
      }
    }
    return sum;
  }

  #refuseToGoOn({ signal }: SkipRule, { batches }: BatchCounts): void {
    this.#dependencies.refuseIfLost();
    if (!signal.aborted) return;
    throw new WalqError("CLOSED", `Cannot skip more: got to ${batches} batches, and is closed`);
  }

  async #skipOf(
    ids: readonly BatchId[],
    rule: SkipRule,
    sum: { batches: number; signals: number },
  ): Promise<void> {
    const heads = await Promise.all(ids.map((id) => this.#headOf(id)));
    const old: [BatchId, BatchHead][] = [];
    for (const [at, head] of heads.entries()) {
      // One after the other: what has to be read whole is read into one buffer.
      if (head && await this.#isOld(ids[at]!, head, rule)) old.push([ids[at]!, head]);
    }
    const isDeleted = await Promise.all(old.map(async ([id, head]) => {
      if (!rule.isDryRun && !this.#dependencies.inventory.takeWaiting(id)) return true;
      sum.batches++;
      sum.signals += head.signals;
      return rule.isDryRun || await this.#drop(id, head);
    }));
    if (isDeleted.includes(false)) {
      const { wal } = this.#dependencies.directory;
      throw new WalqError("STORAGE", `cannot delete what is skipped in ${wal}; it is tried again`);
    }
  }

  /** Undefined of a file that is gone, or at fault itself. */
  async #headOf(id: BatchId): Promise<BatchHead | undefined> {
    try {
      return await this.#dependencies.loader.headOf(id);
    } catch (error) {
      return await this.#keptFor(error);
    }
  }

  async #isOld(id: BatchId, { times }: BatchHead, rule: SkipRule): Promise<boolean> {
    if (times !== undefined) return times.newestMs < rule.beforeMs;
    try {
      const batch = await this.#dependencies.loader.look(id);
      return batch !== undefined && rule.isOlder(batch);
    } catch (error) {
      if (error instanceof WalqError) return false;
      return await this.#keptFor(error) ?? false;
    }
  }

  /** @throws {WalqError} `STORAGE` when it is the disk and not the file. */
  async #keptFor(error: unknown): Promise<undefined> {
    if (!(error instanceof FileSystemError)) throw error;
    if (FAULTS_OF_FILE.has(error.code)) return undefined;
    if (await isGone(error, this.#dependencies.isOwner)) return undefined;
    throw refused(error);
  }

  /** False when the disk refused to delete it; it is dropped all the same. */
  async #drop(id: BatchId, { signals, bytes }: BatchHead): Promise<boolean> {
    const { inventory, loader, syncLater, events, pendingDeletes } = this.#dependencies;
    try {
      inventory.giveUp(id, { signals, bytes });
      loader.forget(id);
      syncLater.forget(id);
      events.settled({ outcome: "skipped", signals });
      return await pendingDeletes.remove(id);
    } finally {
      inventory.done(id);
    }
  }
}

function refused(error: unknown): never {
  throw new WalqError("STORAGE", `Cannot skip: ${messageOf(error)}`, { cause: error });
}
