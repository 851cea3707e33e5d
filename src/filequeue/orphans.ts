import type { FileSystem } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";
import { committedId } from "./file_name.ts";

/** A directory with batches that no endpoint sends. */
export interface Orphan {
  readonly name: string;
  readonly batches: number;
}

/**
 * Finds what endpoints of earlier configurations left: a name that was changed
 * must not strand acknowledged data in silence.
 */
export async function findOrphans(
  files: FileSystem,
  dataPath: string,
  endpoints: ReadonlySet<string>,
): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  for (const { name, kind } of await files.list(dataPath)) {
    if (kind !== "directory" || endpoints.has(name)) continue;
    const batches = await countBatches(files, `${dataPath}/${name}/wal`);
    if (batches > 0) orphans.push({ name, batches });
  }
  return orphans;
}

async function countBatches(files: FileSystem, wal: string): Promise<number> {
  try {
    const entries = await files.list(wal);
    return entries.filter(({ name }) => committedId(name) !== undefined).length;
  } catch (error) {
    // Somebody else's directory: none of our business.
    if (error instanceof FileSystemError) return 0;
    throw error;
  }
}
