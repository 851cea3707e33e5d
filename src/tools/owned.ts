import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { isAlive } from "../filequeue/liveness.ts";
import { lockDataPath, nameOf } from "../filequeue/lock.ts";
import { LOCK_NAME, type Owner, readLock } from "../filequeue/lock_file.ts";
import { findOwner } from "../filequeue/owner_files.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** What nobody is: whoever asks as this one is no owner, and sees all that are. */
const ONLOOKER: Owner = { pid: 0, mark: "none", nonce: "onlooker", runtime: "none" };

/** What a lock is taken with. */
type Host = ToolPlatform["platform"];

/** The process that has the data path open, as messages name it; undefined when there is none. */
export async function ownerOf(dataPath: string, platform: Host): Promise<string | undefined> {
  const lock = await readLock(platform.files, `${dataPath}/${LOCK_NAME}`);
  if (lock !== undefined && await isAlive(lock.owner, dataPath, platform)) {
    return nameOf(lock.owner);
  }
  const owner = await findOwner(ONLOOKER, dataPath, platform);
  return owner === undefined ? undefined : nameOf(owner);
}

/**
 * Does what may not be done beside a running queue: with the lock of the data path, as long
 * as it takes.
 *
 * @param what for the message: "repair"
 * @throws {WalqError} `LOCKED`, with the process that owns it, and what to do.
 */
export async function withDataPath<Result>(
  dataPath: string,
  what: string,
  platform: Host,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner = await ownerOf(dataPath, platform);
  if (owner !== undefined) {
    throw new WalqError(
      "LOCKED",
      `Cannot ${what} "${dataPath}": ${owner} owns it; stop that process first`,
    );
  }
  const lock = await lockDataPath(dataPath, platform);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Whether there is such a directory. */
export async function isDirectory(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.visit(path, () => {});
    return true;
  } catch {
    return false;
  }
}
