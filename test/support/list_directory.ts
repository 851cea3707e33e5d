import type { DirectoryEntry, FileSystem } from "../../src/contracts.ts";

/** All that is in a directory. */
export async function listDirectory(files: FileSystem, path: string): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  await files.visit(path, ({ name, kind }) => entries.push({ name, kind }));
  return entries;
}
