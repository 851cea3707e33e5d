import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryEntry } from "../contracts.ts";
import { fileOperation } from "./file_errors.ts";
import { NodeFileSystem } from "./node_files.ts";

/**
 * Files on Bun, which reads a directory whole, however it is asked: so it is asked for
 * names alone, a third of what it takes with all that is known of each.
 */
export class BunFileSystem extends NodeFileSystem {
  override visit(path: string, take: (entry: DirectoryEntry) => void): Promise<void> {
    return fileOperation("list", path, async () => {
      for (const name of await readdir(path)) take(new Entry(path, name));
    });
  }
}

/** What a name stands for is looked up when somebody wants to know. */
class Entry implements DirectoryEntry {
  readonly #directory: string;
  readonly name: string;

  constructor(directory: string, name: string) {
    this.#directory = directory;
    this.name = name;
  }

  get kind(): DirectoryEntry["kind"] {
    const stat = lstatSync(join(this.#directory, this.name), { throwIfNoEntry: false });
    if (stat?.isFile()) return "file";
    return stat?.isDirectory() ? "directory" : "other";
  }
}
