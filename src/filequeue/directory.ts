import type { BatchId, FileSystem } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { committedName, temporaryName } from "./file_name.ts";
import { isMissing } from "./missing.ts";

/** A whole file under a temporary name. */
export interface Draft {
  readonly path: string;
  /** Of the file. */
  readonly bytes: number;
  /** Its bytes are on the disk, not only in the cache. */
  readonly isSynced: boolean;
}

/**
 * Puts whole files into a queue directory and takes them out. The order of the
 * steps is what makes an acknowledged batch survive a power cut: the bytes are
 * on disk before the name is, and the name before anyone is told.
 */
export class QueueDirectory {
  readonly #files: FileSystem;
  readonly wal: string;
  readonly quarantine: string;
  /** Replaced by the owner, to log it. */
  onUndoFailed: (path: string, message: string) => void = () => {};
  #drafts = 0;

  constructor(files: FileSystem, directory: string) {
    this.#files = files;
    this.wal = `${directory}/wal`;
    this.quarantine = `${directory}/quarantine`;
  }

  pathOf(id: BatchId): string {
    return `${this.wal}/${committedName(id)}`;
  }

  /** Writes a file under a temporary name. Nothing is left of it when this throws, if the disk lets us. */
  async draft(parts: readonly Uint8Array[], isSynced: boolean): Promise<Draft> {
    const path = `${this.wal}/${temporaryName(++this.#drafts)}`;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      if (isSynced) await this.#files.writeAndSync(path, parts);
      else await this.#files.write(path, parts);
    } catch (error) {
      await this.discard({ path });
      throw error;
    }
    return { path, bytes, isSynced };
  }

  /** Gives a draft its committed name, durably if it is synced. A draft is good for one attempt. */
  async commit(id: BatchId, draft: Draft): Promise<void> {
    try {
      await this.#files.rename(draft.path, this.pathOf(id));
      if (draft.isSynced) await this.#files.syncDirectory(this.wal);
    } catch (error) {
      await this.discard(draft);
      await this.#undo(this.pathOf(id));
      throw error;
    }
  }

  /** Shares a file that another queue has written; false where that cannot be done. */
  async link(id: BatchId, from: string, isSynced: boolean): Promise<boolean> {
    try {
      await this.#files.link(from, this.pathOf(id));
    } catch (error) {
      // The other queue may be through with it, or the file system has no links.
      if (error instanceof FileSystemError && SHARING_REFUSED.has(error.code)) return false;
      throw error;
    }
    try {
      if (isSynced) await this.#files.syncDirectory(this.wal);
    } catch (error) {
      await this.#undo(this.pathOf(id));
      throw error;
    }
    return true;
  }

  discard({ path }: Pick<Draft, "path">): Promise<void> {
    return this.#undo(path);
  }

  /** Sets a damaged file aside, with the reason beside it. */
  async setAside(id: BatchId, reason: string): Promise<void> {
    const name = committedName(id);
    await this.#files.rename(this.pathOf(id), `${this.quarantine}/${name}`);
    await this.#files.syncDirectory(this.quarantine);
    // A crash can leave both names of a move. Of two names for one file a rename
    // takes none away (POSIX), and the file would be met again at every start.
    await this.#removeIfThere(this.pathOf(id));
    await this.#files.syncDirectory(this.wal);
    const note = new TextEncoder().encode(`${reason}\n`);
    const path = `${this.quarantine}/${name}.reason`;
    await this.#removeIfThere(path);
    await this.#files.writeAndSync(path, [note]);
  }

  async #removeIfThere(path: string): Promise<void> {
    try {
      await this.#files.remove(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async #undo(path: string): Promise<void> {
    try {
      await this.#removeIfThere(path);
    } catch (error) {
      // What cannot be removed is sent again after a restart: at least once still holds.
      this.onUndoFailed(path, messageOf(error));
    }
  }
}

const SHARING_REFUSED: ReadonlySet<string> = new Set([
  "not_found",
  "link_unsupported",
  "not_permitted",
]);
