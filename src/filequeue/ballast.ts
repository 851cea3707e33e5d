import type { FileSystem } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";

/** A file that takes room, to be given up when there is none. */
const BALLAST_NAME = "walq.ballast";
/** The lock, a reserved id and the names of both, on any file system. */
const BALLAST_BYTES = 64 * 1024;

/**
 * Writes what a start needs on a disk without a free byte: its own backlog may be
 * what fills it, and only a queue that starts can send and delete it. The room for
 * that was set aside while there was some.
 */
export async function withBallast<Result>(
  files: FileSystem,
  dataPath: string,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof FileSystemError) || error.code !== "no_space") throw error;
    try {
      await files.remove(`${dataPath}/${BALLAST_NAME}`);
    } catch {
      // There is none: nothing was gained.
      throw error;
    }
    return await write();
  }
}

/** Sets the room aside again; false where the disk has none. Never rejects. */
export async function layBallast(files: FileSystem, dataPath: string): Promise<boolean> {
  const path = `${dataPath}/${BALLAST_NAME}`;
  const draft = `${path}.tmp`;
  try {
    if (await isThere(files, path)) return true;
    await files.remove(draft).catch(() => {});
    await files.write(draft, [incompressible()]);
    await files.rename(draft, path);
    return true;
  } catch {
    await files.remove(draft).catch(() => {});
    return false;
  }
}

/** Not zeros, which some file systems keep without taking room. */
function incompressible(): Uint8Array {
  const bytes = new Uint8Array(BALLAST_BYTES);
  for (let at = 0, mixed = 1; at < bytes.length; at++) {
    mixed = (Math.imul(mixed, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = mixed >>> 24;
  }
  return bytes;
}

async function isThere(files: FileSystem, path: string): Promise<boolean> {
  try {
    return (await files.readHead(path, 0)).fileBytes === BALLAST_BYTES;
  } catch {
    return false;
  }
}
