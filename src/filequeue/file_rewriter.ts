import type { BatchId } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import { FAULTS_OF_FILE, UNREADABLE_MS_MAX } from "./read_back.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";

/**
 * Rewrites files whose fsync has failed: the cached bytes go to another file, which
 * takes the name over.
 */
export class FileRewriter {
  readonly #dependencies: DirectoryDependencies;
  /** Files that cannot be read back, and since when. */
  readonly #unreadable = new Map<BatchId, number>();

  constructor(dependencies: DirectoryDependencies) {
    this.#dependencies = dependencies;
  }

  forget(id: BatchId): void {
    this.#unreadable.delete(id);
  }

  /**
   * @param isThere false once the batch was sent and deleted: it must not come back
   * @throws what the disk says; it is to be tried again.
   */
  async write(id: BatchId, isThere: () => boolean): Promise<void> {
    const { files, directory, isOwner } = this.#dependencies;
    const bytes = await this.#readBack(id);
    if (bytes === undefined) return;
    // A file is replaced only here: it must be this process's.
    if (!await isOwner()) {
      throw new WalqError("STORAGE", "the lock of the data path is gone, or cannot be read");
    }
    const draft = await directory.draft([bytes], true);
    if (!isThere()) return await directory.discard(draft);
    await files.rename(draft.path, directory.pathOf(id));
    // It may have been deleted during the rename.
    if (!isThere()) await directory.discard({ path: directory.pathOf(id) });
  }

  /** Undefined when it is given up: nothing is left to keep, and the file fails again when it is to be sent. */
  async #readBack(id: BatchId): Promise<Uint8Array | undefined> {
    const { files, directory, clock, logger } = this.#dependencies;
    const path = directory.pathOf(id);
    try {
      const bytes = await files.read(path);
      this.#unreadable.delete(id);
      return bytes;
    } catch (error) {
      if (!(error instanceof FileSystemError) || !FAULTS_OF_FILE.has(error.code)) throw error;
      const nowMs = clock.monotonicMs();
      const sinceMs = this.#unreadable.get(id) ?? nowMs;
      this.#unreadable.set(id, sinceMs);
      if (nowMs - sinceMs < UNREADABLE_MS_MAX) throw error;
      logger.error("a file can be neither synced nor read back; it is left as it is", { path });
      this.#unreadable.delete(id);
      return undefined;
    }
  }
}
