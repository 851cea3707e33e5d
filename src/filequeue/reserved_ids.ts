import { findEntries } from "./find_entries.ts";
import type { BatchId, FileSystem } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";

/** Ids are set aside by so many: one small file in as many batches. */
const IDS_AT_ONCE = 1000;
const RESERVED = /^([1-9][0-9]{0,14})\.reserved$/;

/**
 * Remembers over restarts which ids may have been used, so that none is used
 * twice although delivered files are gone: an empty file `<id>.reserved` in the
 * endpoint's directory says that every id up to this one may be taken.
 */
export class ReservedIds {
  readonly #files: FileSystem;
  readonly #directory: string;
  #last: BatchId;
  /** Older files that are still to be removed. */
  #outdated: string[];

  private constructor(files: FileSystem, directory: string, last: BatchId, outdated: string[]) {
    this.#files = files;
    this.#directory = directory;
    this.#last = last;
    this.#outdated = outdated;
  }

  /** Reads what the last run left. */
  static async open(files: FileSystem, directory: string): Promise<ReservedIds> {
    const ids = await findEntries(
      files,
      directory,
      (entry) => {
        const id = idIn(entry.name);
        return id !== undefined && entry.kind === "file" ? id : undefined;
      },
    );
    const last = ids.reduce((max, id) => Math.max(max, id), 0);
    return new ReservedIds(files, directory, last, ids.filter((id) => id !== last).map(nameOf));
  }

  /** Every id up to this one may have been used. */
  get last(): BatchId {
    return this.#last;
  }

  /** The directory was made anew: what it said is to be said again. */
  forget(): void {
    this.#last = 0;
    this.#outdated = [];
  }

  /** Resolves when the id is known to be in use, durably. */
  async cover(id: BatchId): Promise<void> {
    if (id <= this.#last) return;
    const last = id + IDS_AT_ONCE - 1;
    const path = `${this.#directory}/${nameOf(last)}`;
    await this.#write(path);
    try {
      await this.#files.syncDirectory(this.#directory);
    } catch (error) {
      // The next attempt is for another id, and makes a file of its own.
      await this.#files.remove(path).catch(() => {});
      throw error;
    }
    if (this.#last > 0) this.#outdated.push(nameOf(this.#last));
    this.#last = last;
    await this.#removeOutdated();
  }

  async #write(path: string): Promise<void> {
    try {
      await this.#files.writeAndSync(path, []);
    } catch (error) {
      // Left by an attempt whose directory could not be synced.
      if (!(error instanceof FileSystemError) || error.code !== "exists") throw error;
    }
  }

  /** The largest one counts: what the disk will not remove does no harm. */
  async #removeOutdated(): Promise<void> {
    for (const name of this.#outdated.splice(0)) {
      await this.#files.remove(`${this.#directory}/${name}`).catch(() => {});
    }
  }
}

function nameOf(id: BatchId): string {
  return `${id}.reserved`;
}

function idIn(name: string): BatchId | undefined {
  const match = RESERVED.exec(name);
  return match ? Number(match[1]) : undefined;
}
