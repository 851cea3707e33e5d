import type { FileSystem } from "../../src/contracts.ts";
import { changed } from "./changed_files.ts";

/**
 * Which files one process has read to send them and not tried to remove since.
 * Files are read in order, so after an endpoint's restart the same ones come
 * first: this never counts more than were leased at one time. A batch that the
 * store hands out of memory is not seen here.
 */
export class LeaseWatch {
  readonly files: FileSystem;
  readonly #leased = new Set<string>();

  constructor(files: FileSystem) {
    const done = (path: string): void => void this.#leased.delete(path);
    this.files = changed(files, {
      read: async (path, bytesMax) => {
        const bytes = await files.read(path, bytesMax);
        if (bytesMax === undefined && path.endsWith(".committed")) this.#leased.add(path);
        return bytes;
      },
      remove: (path) => {
        done(path);
        return files.remove(path);
      },
      rename: (from, to) => {
        done(from);
        return files.rename(from, to);
      },
    });
  }

  /** The queue is opened anew: nothing is leased. */
  clear(): void {
    this.#leased.clear();
  }

  /** Open leases below a directory. */
  below(directory: string): number {
    return [...this.#leased].filter((path) => path.startsWith(directory)).length;
  }
}
