import { listDirectory } from "./list_directory.ts";
import type { FileSystem, OpenDoor, Platform, ProcessTable } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import { withBallast } from "./ballast.ts";
import { isMissing } from "./missing.ts";

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

/** What a file says that is a lock or the claim to one. */
interface Found {
  readonly owner: Owner;
  readonly text: string;
}

/** The locks that this process holds: any other lock with its process id is an earlier process's. */
const held = new Set<string>();

const NOBODY: Owner = { pid: 0, mark: "unreadable", nonce: "-", runtime: "unknown" };
const NOTHING: Found = { owner: NOBODY, text: "" };

/** A lock that others take and leave all the time is given up on. */
const ATTEMPTS_MAX = 100;
/** A name that is there and yet never leads to a file, as a broken symbolic link. */
const GONE_ATTEMPTS_MAX = 10;

/**
 * Makes this process the one owner of a data path. The lock is a file that says
 * who owns it; a file of a process that has died is taken over. It is the same
 * on every runtime, so Node, Deno and Bun keep each other out.
 *
 * No file can be removed on the condition that it is still the stale one: meanwhile
 * another process may have put its own lock there. So a stale lock is claimed, by a
 * link whose name comes from that very lock and that one process alone can make;
 * whoever has it replaces the lock, unless that was done before. A claim whose
 * process died is claimed in the same way:
 *
 *     walq.lock (dead) <- walq.lock.after.<its nonce> (dead) <- walq.lock.after.<its nonce>
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
  const text = JSON.stringify(own);
  let isTaken = false;
  try {
    const bytes = new TextEncoder().encode(text);
    await withBallast(files, dataPath, () => writeDraft(files, draft, bytes));
    // A link appears whole or not at all: nobody reads a half-written lock.
    for (let attempt = 1; !await linked(files, draft, path); attempt++) {
      if (attempt > ATTEMPTS_MAX) throw untakable(path);
      const stale = await readLock(files, path) ??
        (attempt > GONE_ATTEMPTS_MAX ? NOTHING : undefined);
      if (stale === undefined) continue;
      if (await takeOver({ stale, draft, own, dataPath, platform })) break;
    }
    isTaken = true;
  } finally {
    // It is nobody's lock; what the disk keeps of it does no harm.
    await files.remove(draft).catch(() => {});
    if (!isTaken) await door?.shut();
  }
  held.add(nonce);
  return {
    isHeld: () => readLock(files, path).then((found) => found?.text === text, () => false),
    release: () => release(files, path, { nonce, text, door }),
  };
}

/** What an attempt on a full disk has left is in the way of the next one. */
async function writeDraft(files: FileSystem, draft: string, bytes: Uint8Array): Promise<void> {
  try {
    await files.writeAndSync(draft, [bytes]);
  } catch (error) {
    await files.remove(draft).catch(() => {});
    throw error;
  }
}

/** What a process that finds the lock of another works with. */
interface Takeover {
  readonly stale: Found;
  readonly draft: string;
  readonly own: Owner;
  readonly dataPath: string;
  readonly platform: Platform;
}

/** False when things have changed meanwhile; then it is to be tried anew. */
async function takeOver({ stale, draft, own, dataPath, platform }: Takeover): Promise<boolean> {
  const { files } = platform;
  const path = `${dataPath}/${LOCK_NAME}`;
  const dead: Owner[] = [];
  const claims: string[] = [];
  for (let last = stale;;) {
    if (await isAlive(last.owner, own, dataPath, platform)) throw lockedBy(last.owner, dataPath);
    dead.push(last.owner);
    const claim = `${path}.after.${last.owner.nonce}`;
    if (claims.includes(claim)) {
      // A circle: no process wrote these. The way is free without it.
      await files.remove(claim).catch(() => {});
      return false;
    }
    claims.push(claim);
    if (await linked(files, draft, claim)) break;
    const next = await readLock(files, claim);
    if (next === undefined) return false;
    last = next;
  }
  let isReplaced = false;
  try {
    const now = await readLock(files, path) ?? NOTHING;
    // Another process replaced it before the claim was there, and has it or has left it by now.
    if (now.text !== stale.text) return false;
    await files.rename(draft, path);
    isReplaced = true;
  } finally {
    if (!isReplaced) await files.remove(claims.at(-1)!).catch(() => {});
  }
  // From here on no claim to the lock that was is worth anything. What is left of it does no harm.
  for (const claim of claims) await files.remove(claim).catch(() => {});
  for (const { door } of dead) {
    // A socket whose process was killed leaves its name.
    if (door !== undefined) await files.remove(`${dataPath}/${door}`).catch(() => {});
  }
  return true;
}

async function isAlive(
  owner: Owner,
  own: Owner,
  dataPath: string,
  { files, processes, doors }: Platform,
): Promise<boolean> {
  if (owner.door !== undefined) {
    const isOpen = await doors.isOpen(`${dataPath}/${owner.door}`);
    if (isOpen === true) return true;
    if (isOpen === false && await hasDoor(files, dataPath, owner.door)) return false;
  }
  return owner.pid === own.pid ? held.has(owner.nonce) : await isRunning(owner, processes);
}

/**
 * A killed process leaves its door there, shut. Where there is none, somebody tidied
 * up, or copied the data path without it, and that says nothing of the process.
 */
async function hasDoor(files: FileSystem, dataPath: string, door: string): Promise<boolean> {
  return (await listDirectory(files, dataPath)).some(({ name, kind }) =>
    name === door && kind === "other"
  );
}

async function release(
  files: FileSystem,
  path: string,
  { nonce, text, door }: { nonce: string; text: string; door: OpenDoor | undefined },
): Promise<void> {
  // Given up, also when the disk will not remove the file.
  held.delete(nonce);
  try {
    // Somebody may have put another there by hand.
    if ((await readLock(files, path))?.text === text) await removeLock(files, path);
  } finally {
    await door?.shut();
  }
}

async function removeLock(files: FileSystem, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (isMissing(error)) return;
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
    const bytes = await files.read(from);
    await files.writeAndSync(to, [bytes]);
    // Who read it half-written may have taken it for nobody's.
    return (await readLock(files, to))?.text === new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "exists") return false;
    throw error;
  }
}

/** Undefined when the file went away meanwhile. */
async function readLock(files: FileSystem, path: string): Promise<Found | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await files.read(path, 4096);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const text = new TextDecoder().decode(bytes);
  return { owner: ownerOf(text), text };
}

function ownerOf(text: string): Owner {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    if (Number.isSafeInteger(owner.pid) && typeof owner.mark === "string" && isDoor(owner.door)) {
      return { ...owner, nonce: isNonce(owner.nonce) ? owner.nonce : NOBODY.nonce } as Owner;
    }
  } catch {
    // Fall through: unreadable.
  }
  // Nobody who is alive leaves such a lock: locks are written before they are linked.
  return NOBODY;
}

/** As for the door: a part of a name in the data path and nothing else. */
function isNonce(nonce: unknown): nonce is string {
  return typeof nonce === "string" && /^[0-9a-z]{1,16}$/.test(nonce);
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

function untakable(path: string): WalqError {
  return new WalqError(
    "LOCKED",
    `Cannot take "${path}" in ${ATTEMPTS_MAX} attempts: others take and leave it all the time`,
  );
}

function lockedBy(owner: Owner, dataPath: string): WalqError {
  const advice = held.has(owner.nonce)
    ? "this process has it open already; close that queue first, or give this one another data path"
    : `process ${owner.pid} (${owner.runtime}) owns it; ` +
      "stop that process, or give this one another data path";
  return new WalqError("LOCKED", `Cannot open data path "${dataPath}": ${advice}`);
}
