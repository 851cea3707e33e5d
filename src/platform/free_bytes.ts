import { statfs } from "node:fs/promises";

/** Bytes that who runs this may still write to the file system of a path: as `df` has them. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
