import type { FileSystem, OpenDoor, Platform, ProcessTable } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";

/** The name of the lock in a data path. */
export const LOCK_NAME = "walq.lock";

/** Held while a queue is open. */
export interface DataPathLock {
  /** Whether the lock is still there and says so: false also where the disk is gone. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  /** See {@link ProcessTable.mark}. */
  readonly mark: string;
  /** Tells the locks of one process apart. */
  readonly nonce: string;
  readonly runtime: string;
  /** The name of its door in the data path; see {@link Doors}. Locks of before have none. */
  readonly door?: string;
}

/** The locks that this process holds: any other lock with its process id is an earlier process's. */
const held = new Set<string>();

const NOBODY: Owner = { pid: 0, mark: "unreadable", nonce: "", runtime: "unknown" };

/** A lock that others take and leave all the time is given up on. */
const ATTEMPTS_MAX = 100;
/** A name that is there and yet never leads to a file, as a broken symbolic link. */
const GONE_ATTEMPTS_MAX = 10;

/**
 * Makes this process the one owner of a data path. The lock is a file that says
 * who owns it; a file of a process that has died is taken over. It is the same
 * on every runtime, so Node, Deno and Bun keep each other out.
 *
 * @throws {WalqError} `LOCKED` when a living process owns it.
 */
export async function lockDataPath(dataPath: string, platform: Platform): Promise<DataPathLock> {
  const { files, processes, doors } = platform;
  const path = `${dataPath}/${LOCK_NAME}`;
  const nonce = Math.floor(platform.random() * 2 ** 40).toString(36);
  const doorName = `walq.${nonce}.door`;
  // Open before the lock is there: whoever sees the lock of a living process finds its door open.
  const door = await doors.open(`${dataPath}/${doorName}`);
  const own: Owner = {
    pid: processes.pid,
    mark: await processes.mark(processes.pid) ?? "unknown",
    nonce,
    runtime: platform.name,
    ...(door === undefined ? {} : { door: doorName }),
  };
  const draft = `${path}.${own.pid}.${nonce}`;
  let isTaken = false;
  try {
    await files.writeAndSync(draft, [new TextEncoder().encode(JSON.stringify(own))]);
    // A link appears whole or not at all: nobody reads a half-written lock.
    for (let attempt = 1; !await linked(files, draft, path); attempt++) {
      if (attempt > ATTEMPTS_MAX) throw untakable(path);
      const owner = await readOwner(files, path) ??
        (attempt > GONE_ATTEMPTS_MAX ? NOBODY : undefined);
      if (owner === undefined) continue;
      if (await isAlive(owner, own, dataPath, platform)) throw lockedBy(owner, dataPath);
      await takeAway(files, path, owner, `${draft}.stale`, dataPath);
      // A socket whose process was killed leaves its name.
      if (owner.door !== undefined) await files.remove(`${dataPath}/${owner.door}`).catch(() => {});
    }
    isTaken = true;
  } finally {
    // It is nobody's lock; what the disk keeps of it does no harm.
    await files.remove(draft).catch(() => {});
    if (!isTaken) await door?.shut();
  }
  held.add(nonce);
  return {
    isHeld: () => readOwner(files, path).then((owner) => owner?.nonce === nonce, () => false),
    release: () => release(files, path, nonce, door),
  };
}

async function isAlive(
  owner: Owner,
  own: Owner,
  dataPath: string,
  { processes, doors }: Platform,
): Promise<boolean> {
  if (owner.door !== undefined) {
    const isOpen = await doors.isOpen(`${dataPath}/${owner.door}`);
    if (isOpen !== undefined) return isOpen;
  }
  return owner.pid === own.pid ? held.has(owner.nonce) : await isRunning(owner, processes);
}

async function release(
  files: FileSystem,
  path: string,
  nonce: string,
  door: OpenDoor | undefined,
): Promise<void> {
  // Given up, also when the disk will not remove the file.
  held.delete(nonce);
  try {
    await removeLock(files, path);
  } finally {
    await door?.shut();
  }
}

async function removeLock(files: FileSystem, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "not_found") return;
    throw error;
  }
}

async function linked(files: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    if (error.code === "exists") return false;
    if (error.code !== "link_unsupported" && error.code !== "not_permitted") throw error;
  }
  try {
    await files.writeAndSync(to, [await files.read(from)]);
    return true;
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "exists") return false;
    throw error;
  }
}

/** Undefined when the lock went away meanwhile. */
async function readOwner(files: FileSystem, path: string): Promise<Owner | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await files.read(path, 4096);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "not_found") return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Owner>;
    if (Number.isSafeInteger(owner.pid) && typeof owner.mark === "string" && isDoor(owner.door)) {
      return { nonce: "", ...owner } as Owner;
    }
  } catch {
    // Fall through: unreadable.
  }
  // Nobody who is alive leaves such a lock: locks are written before they are linked.
  return NOBODY;
}

/** A lock is a file that anybody may write: its door is a name in the data path and nothing else. */
function isDoor(name: unknown): boolean {
  return name === undefined || (typeof name === "string" && /^walq\.[0-9a-z]+\.door$/.test(name));
}

async function isRunning(owner: Owner, processes: ProcessTable): Promise<boolean> {
  if (owner.pid <= 0) return false;
  const mark = await processes.mark(owner.pid);
  if (mark === undefined) return false;
  // A process id is used again; the mark tells whether it is the same process.
  return mark === owner.mark || mark === "unknown" || owner.mark === "unknown";
}

/** Moves a stale lock away; two processes may try at once, and only the stale one may go. */
async function takeAway(
  files: FileSystem,
  path: string,
  stale: Owner,
  aside: string,
  dataPath: string,
): Promise<void> {
  try {
    await files.rename(path, aside);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "not_found") return;
    throw error;
  }
  const moved = await readOwner(files, aside);
  const isSame = moved?.pid === stale.pid && moved.mark === stale.mark &&
    moved.nonce === stale.nonce;
  // Another process was faster and this is its lock: put it back and give way.
  if (moved && !isSame) await linked(files, aside, path);
  await files.remove(aside);
  if (moved && !isSame) throw lockedBy(moved, dataPath);
}

function untakable(path: string): WalqError {
  return new WalqError(
    "LOCKED",
    `Cannot take "${path}" in ${ATTEMPTS_MAX} attempts: others take and leave it all the time`,
  );
}

function lockedBy(owner: Owner, dataPath: string): WalqError {
  return new WalqError(
    "LOCKED",
    `Cannot open data path "${dataPath}": process ${owner.pid} (${owner.runtime}) owns it; ` +
      "stop that process, or give this one another data path",
  );
}
