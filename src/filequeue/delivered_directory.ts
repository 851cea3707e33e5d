import type { BatchId, FileSystem } from "../contracts.ts";
import { makeDurableDirectory } from "./durable_directory.ts";
import { byAge, type DeliveredFile, deliveredFile, deliveredName } from "./delivered_file.ts";
import { committedName } from "./file_name.ts";
import { isNotFound } from "./not_found.ts";

/** The files in `delivered/`. The directory is made for the first one. */
export class DeliveredDirectory {
  readonly #files: FileSystem;
  readonly #root: string;
  #isMade = false;

  /** @param root `<data_path>/<endpoint>` */
  constructor(files: FileSystem, root: string) {
    this.#files = files;
    this.#root = root;
  }

  pathOf(file: DeliveredFile): string {
    return `${this.#root}/delivered/${deliveredName(file)}`;
  }

  /** Moves a batch there out of the queue. */
  async take(file: DeliveredFile): Promise<void> {
    if (!this.#isMade) await makeDurableDirectory(this.#files, `${this.#root}/delivered`);
    this.#isMade = true;
    await this.#files.rename(`${this.#root}/wal/${committedName(file.id)}`, this.pathOf(file));
  }

  /** One that somebody else has removed is fine. */
  async remove(file: DeliveredFile): Promise<void> {
    try {
      await this.#files.remove(this.pathOf(file));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Shows all of them, in no order. */
  async visit(show: (file: DeliveredFile) => void): Promise<void> {
    try {
      await this.#files.visit(`${this.#root}/delivered`, ({ name }) => {
        const file = deliveredFile(name);
        if (file !== undefined) show(file);
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The oldest behind this id, in order, at most so many: there may be very many. */
  async oldest(after: BatchId, max: number): Promise<DeliveredFile[]> {
    const found: DeliveredFile[] = [];
    await this.visit((file) => {
      if (file.id <= after) return;
      found.push(file);
      if (found.length >= 2 * max) keepOldest(found, max);
    });
    keepOldest(found, max);
    return found;
  }
}

function keepOldest(files: DeliveredFile[], max: number): void {
  files.sort(byAge);
  files.length = Math.min(files.length, max);
}
