import type { DirectoryEntry, FileSystem } from "../contracts.ts";

/** All that is in a directory; for those that hold a handful of names. */
export async function listDirectory(files: FileSystem, path: string): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  await files.visit(path, (entry) => entries.push(entry));
  return entries;
}
