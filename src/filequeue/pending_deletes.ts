import type { BatchId } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import { isGone } from "./not_found.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";

/** Beyond it a file that cannot be deleted is left to the next start, so that memory is bounded. */
const PENDING_DELETES_MAX = 100_000;

/**
 * Deletes the files of batches that are done. A file that the disk refuses to delete
 * is not sent again in this run. It is tried again after the next one that is deleted.
 */
export class PendingDeletes {
  readonly #dependencies: DirectoryDependencies;
  readonly #ids: Set<BatchId>;
  #deletingRest = false;

  /** @param ids outlives the queue: the next queue in this directory and this run goes on with them */
  constructor(dependencies: DirectoryDependencies, ids: Set<BatchId>) {
    this.#dependencies = dependencies;
    this.#ids = ids;
  }

  /** The batches that are to be sent, among those that were found. */
  unsent(found: readonly BatchId[]): readonly BatchId[] {
    if (this.#ids.size === 0) return found;
    const there = new Set(found.filter((id) => this.#ids.has(id)));
    // Somebody deleted the others: their ids mean nothing any more.
    for (const id of this.#ids) if (!there.has(id)) this.#ids.delete(id);
    return found.filter((id) => !there.has(id));
  }

  /** False when the disk refused. */
  async remove(id: BatchId): Promise<boolean> {
    if (!await this.#delete(id)) return false;
    await this.#deleteRest();
    return true;
  }

  async #delete(id: BatchId): Promise<boolean> {
    const { directory, files, logger, isOwner } = this.#dependencies;
    const path = directory.pathOf(id);
    try {
      await files.remove(path);
    } catch (error) {
      // If the disk is gone, it comes back with the file.
      if (!await isGone(error, isOwner)) {
        // Logged once for all of them: a disk that became read-only may have thousands.
        if (this.#ids.size === 0) {
          const message = "cannot delete delivered files; they are tried again";
          logger.warn(message, { path, error: messageOf(error) });
        }
        if (this.#ids.size < PENDING_DELETES_MAX) this.#ids.add(id);
        return false;
      }
    }
    this.#ids.delete(id);
    return true;
  }

  /** Only one round at a time: many files that are done at once must not each start one. */
  async #deleteRest(): Promise<void> {
    if (this.#ids.size === 0 || this.#deletingRest) return;
    this.#deletingRest = true;
    for (const id of [...this.#ids]) {
      if (!await this.#delete(id)) break;
    }
    this.#deletingRest = false;
  }
}
