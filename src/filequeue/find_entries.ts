import type { DirectoryEntry, FileSystem } from "../contracts.ts";

/**
 * What `pick` makes of the names in a directory, but for those of which it makes
 * nothing: a directory can hold any number of names that are none of our business,
 * and these are not kept.
 */
export async function findEntries<Picked>(
  files: FileSystem,
  path: string,
  pick: (entry: DirectoryEntry) => Picked | undefined,
): Promise<Picked[]> {
  const found: Picked[] = [];
  await files.visit(path, (entry) => {
    const picked = pick(entry);
    if (picked !== undefined) found.push(picked);
  });
  return found;
}
