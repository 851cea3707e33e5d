import type { BatchId, FileSystem, Random } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { committedName, temporaryName } from "./file_name.ts";
import { isNotFound } from "./not_found.ts";

/** A whole file under a temporary name. */
export interface Draft {
  readonly path: string;
  /** The file's size. */
  readonly bytes: number;
  /** Its bytes are on the disk, not only in the cache. */
  readonly isSynced: boolean;
}

/** There is a file with this id, and this process did not write it. */
export class IdInUse extends FileSystemError {
  constructor(cause: FileSystemError) {
    super("exists", cause.path, cause.message, { cause });
  }
}

/** Beyond it a file that cannot be removed is left to the next start, so that memory is bounded. */
const LEFTOVERS_MAX = 1000;
/** So much of a file tells whose it is. */
const LOOK_BYTES = 1024;
/** Numbers of drafts, and of those that follow, have no more digits than ids may have. */
const DRAFTS_FROM_MAX = 9 * 10 ** 14;

/**
 * Puts whole files into a queue directory and takes them out. The order of the
 * steps is what makes an acknowledged batch survive a power cut: the bytes are
 * on disk before the name is, and the name before anyone is told. A name is given
 * by a link, which replaces nothing: whoever else writes there, no id is overwritten.
 */
export class QueueDirectory {
  readonly #files: FileSystem;
  readonly wal: string;
  readonly quarantine: string;
  /** Replaced by the owner, to log it. */
  onUndoFailed: (path: string, message: string) => void = () => {};
  /** Other processes' drafts have other numbers: what is linked is never theirs. */
  #drafts: number;
  /** What the disk would not remove, and is tried again. */
  readonly #leftovers = new Set<string>();

  constructor(files: FileSystem, directory: string, random: Random) {
    this.#files = files;
    this.wal = `${directory}/wal`;
    this.quarantine = `${directory}/quarantine`;
    this.#drafts = Math.floor(random() * DRAFTS_FROM_MAX);
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

  /**
   * Gives a draft its committed name, durably if it is synced. A draft is good for one attempt.
   *
   * @throws {IdInUse}
   */
  async commit(id: BatchId, draft: Draft): Promise<void> {
    const path = this.pathOf(id);
    try {
      await this.#linkOrMove(draft.path, path);
    } catch (error) {
      await this.discard(draft);
      throw error;
    }
    // Its own name is in nobody's way: it goes while the new one becomes durable.
    const discarded = this.discard(draft);
    try {
      if (draft.isSynced) await this.#files.syncDirectory(this.wal);
    } catch (error) {
      await this.#undo(path);
      throw error;
    } finally {
      await discarded;
    }
  }

  /**
   * Shares a file of these parts that another queue has written; false where that cannot be
   * done. The other queue may be through with it, and somebody may have put another file
   * there since: what was linked is looked at before it counts.
   *
   * @throws {IdInUse}
   */
  async link(
    id: BatchId,
    from: string,
    { parts, isSynced }: { readonly parts: readonly Uint8Array[]; readonly isSynced: boolean },
  ): Promise<boolean> {
    const path = this.pathOf(id);
    try {
      await this.#link(from, path);
    } catch (error) {
      // The file is gone, or the file system has no links.
      if (isOneOf(error, SHARING_REFUSED)) return false;
      throw error;
    }
    try {
      if (!await this.#holds(path, parts)) {
        await this.#undo(path);
        return false;
      }
      if (isSynced) await this.#files.syncDirectory(this.wal);
    } catch (error) {
      await this.#undo(path);
      throw error;
    }
    return true;
  }

  /** Judged by its size and its beginning, in which a record has the checksum of the rest. */
  async #holds(path: string, parts: readonly Uint8Array[]): Promise<boolean> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const { bytes, fileBytes } = await this.#files.readHead(path, LOOK_BYTES);
    if (fileBytes !== length) return false;
    let at = 0;
    for (const part of parts) {
      const seen = bytes.subarray(at, at + part.length);
      if (seen.some((byte, index) => byte !== part[index])) return false;
      at += seen.length;
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
    // A crash can leave both names of a move. A rename between two names of one file
    // removes none (POSIX), and the file would be found again at every start.
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
      if (!isNotFound(error)) throw error;
    }
  }

  async #linkOrMove(from: string, to: string): Promise<void> {
    try {
      await this.#link(from, to);
    } catch (error) {
      if (!isOneOf(error, LINKS_REFUSED)) throw error;
      await this.#move(from, to);
    }
  }

  async #link(from: string, to: string): Promise<void> {
    await refusingIdInUse(this.#files.link(from, to));
  }

  /**
   * Without links, an empty file of its own reserves the name for this process, and no
   * other file is replaced. A crash between the two leaves it empty, for the quarantine.
   */
  async #move(from: string, to: string): Promise<void> {
    await refusingIdInUse(this.#files.write(to, []));
    try {
      await this.#files.rename(from, to);
    } catch (error) {
      await this.#undo(to);
      throw error;
    }
  }

  /**
   * Removes what this process has put there. What cannot be removed now is tried again
   * after something that can; a batch that was not acknowledged and is still there
   * after a restart is sent again: at least once still holds.
   */
  async #undo(path: string): Promise<void> {
    if (!await this.#isRemoved(path)) return;
    for (const left of this.#leftovers) if (!await this.#isRemoved(left)) return;
  }

  async #isRemoved(path: string): Promise<boolean> {
    try {
      await this.#removeIfThere(path);
      this.#leftovers.delete(path);
      return true;
    } catch (error) {
      // Once for all of them.
      if (this.#leftovers.size === 0) this.onUndoFailed(path, messageOf(error));
      if (this.#leftovers.size < LEFTOVERS_MAX) this.#leftovers.add(path);
      return false;
    }
  }
}

/** Where there are no links, or not for this file. */
const LINKS_REFUSED: readonly string[] = ["link_unsupported", "not_permitted"];
const SHARING_REFUSED: readonly string[] = [...LINKS_REFUSED, "not_found"];

function isOneOf(error: unknown, codes: readonly string[]): error is FileSystemError {
  return error instanceof FileSystemError && codes.includes(error.code);
}

async function refusingIdInUse(naming: Promise<void>): Promise<void> {
  try {
    await naming;
  } catch (error) {
    throw isOneOf(error, ["exists"]) ? new IdInUse(error) : error;
  }
}
