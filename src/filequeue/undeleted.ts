import type { BatchId, FileSystem, Logger } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import type { QueueDirectory } from "./directory.ts";

/** Beyond it a file that cannot be deleted is left to the next start: memory is bounded. */
const UNDELETED_MAX = 100_000;

/**
 * Deletes files of batches that are through. What the disk refuses to delete is
 * not sent again in this run; it is tried again after one that it does delete.
 */
export class Undeleted {
  readonly #directory: QueueDirectory;
  readonly #files: FileSystem;
  readonly #logger: Logger;
  readonly #ids = new Set<BatchId>();
  #deletingRest = false;

  constructor(directory: QueueDirectory, files: FileSystem, logger: Logger) {
    this.#directory = directory;
    this.#files = files;
    this.#logger = logger;
  }

  /** False when the disk refused. */
  async remove(id: BatchId): Promise<boolean> {
    if (!await this.#delete(id)) return false;
    await this.#deleteRest();
    return true;
  }

  async #delete(id: BatchId): Promise<boolean> {
    const path = this.#directory.pathOf(id);
    try {
      await this.#files.remove(path);
    } catch (error) {
      if (!(error instanceof FileSystemError) || error.code !== "not_found") {
        // Once for all of them: a disk that became read-only may have thousands.
        if (this.#ids.size === 0) {
          const message = "cannot delete delivered files; they are tried again";
          this.#logger.warn(message, { path, error: messageOf(error) });
        }
        if (this.#ids.size < UNDELETED_MAX) this.#ids.add(id);
        return false;
      }
    }
    this.#ids.delete(id);
    return true;
  }

  /** One round over all at a time: many files that are through at once must not each start one. */
  async #deleteRest(): Promise<void> {
    if (this.#ids.size === 0 || this.#deletingRest) return;
    this.#deletingRest = true;
    for (const id of [...this.#ids]) {
      if (!await this.#delete(id)) break;
    }
    this.#deletingRest = false;
  }
}
