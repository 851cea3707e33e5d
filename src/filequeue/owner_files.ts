import type { DirectoryEntry, FileSystem, Platform } from "../contracts.ts";
import { isAlive } from "./liveness.ts";
import { LOCK_NAME, NOBODY, type Owner, readLock } from "./lock_file.ts";

/**
 * What one process has put in a data path beside the lock:
 *
 *     walq.lock.<pid>.<nonce>    its draft: it wants the lock, or is giving it up
 *     walq.<nonce>.door          what it listens at
 *     walq.<nonce>.owner         what its lock says, also when somebody removes the lock
 *
 * A process with a liveness socket or an owner's file, and no draft, is an owner.
 */
interface OwnerFiles {
  readonly nonce: string;
  /** The process id, from the name of the draft. */
  pid?: number;
  draft?: string;
  socket?: string;
  owner?: string;
}

const DRAFT = /^walq\.lock\.([0-9]{1,15})\.([0-9a-z]{1,16})$/;
const SIGN_OF_LIFE = /^walq\.([0-9a-z]{1,16})\.(door|owner)$/;
const CLAIM = /^walq\.lock\.after\.(?:[0-9a-z]{1,16}|-)$/;

export function draftName({ pid, nonce }: Owner): string {
  return `${LOCK_NAME}.${pid}.${nonce}`;
}

export function socketName(nonce: string): string {
  return `walq.${nonce}.door`;
}

export function ownerName({ nonce }: Owner): string {
  return `walq.${nonce}.owner`;
}

/** The link by which one process alone may replace the lock with this nonce. */
export function claimName({ nonce }: Owner): string {
  return `${LOCK_NAME}.after.${nonce}`;
}

/**
 * A living process that owns the data path, whether the lock is there or not.
 *
 * @throws {FileSystemError} when the disk does not let us see.
 */
export async function findOwner(
  own: Owner,
  dataPath: string,
  platform: Platform,
): Promise<Owner | undefined> {
  for (const left of await ownerFilesIn(platform.files, dataPath)) {
    if (left.nonce === own.nonce || left.draft !== undefined) continue;
    const owner = await writtenBy(left, dataPath, platform.files);
    if (owner !== undefined) {
      if (await isAlive(owner, dataPath, platform)) return owner;
    } else if (await isOpen(left, dataPath, platform) === true) {
      return { ...NOBODY, nonce: left.nonce, door: left.socket! };
    }
  }
  return undefined;
}

/**
 * Removes the files of dead processes, on behalf of the owner of the data path, and
 * claims to locks that are older than its own. What the disk keeps of them does no
 * harm.
 */
export async function removeDeadOwners(
  own: Owner,
  dataPath: string,
  platform: Platform,
): Promise<void> {
  const { files } = platform;
  const remove = (name: string): Promise<void> =>
    files.remove(`${dataPath}/${name}`).catch(() => {});
  const claims: string[] = [];
  const all = await ownerFilesIn(files, dataPath, (entry) => {
    const { name } = entry;
    if (CLAIM.test(name) && name !== claimName(own) && entry.kind === "file") claims.push(name);
  });
  for (const claim of claims) await remove(claim);
  for (const left of all) {
    const isOwn = left.nonce === own.nonce;
    if (isOwn || await mayLive(left, dataPath, platform).catch(() => true)) continue;
    const { draft, socket, owner } = left;
    for (const name of [socket, owner, draft]) if (name !== undefined) await remove(name);
  }
}

async function mayLive(left: OwnerFiles, dataPath: string, platform: Platform): Promise<boolean> {
  const owner = await writtenBy(left, dataPath, platform.files);
  if (owner !== undefined) return await isAlive(owner, dataPath, platform);
  if (await isOpen(left, dataPath, platform) !== false) return true;
  // A half-written draft may still be being written.
  return left.pid !== undefined && await platform.processes.mark(left.pid) !== undefined;
}

/** The owner that the files name; undefined where they name none that makes sense. */
async function writtenBy(
  { nonce, owner, draft }: OwnerFiles,
  dataPath: string,
  files: FileSystem,
): Promise<Owner | undefined> {
  const name = owner ?? draft;
  if (name === undefined) return undefined;
  const found = await readLock(files, `${dataPath}/${name}`);
  return found?.owner.nonce === nonce ? found.owner : undefined;
}

/** False where it has no socket. */
async function isOpen(
  { socket }: OwnerFiles,
  dataPath: string,
  { livenessSockets }: Platform,
): Promise<boolean | undefined> {
  return socket === undefined ? false : await livenessSockets.isListening(`${dataPath}/${socket}`);
}

async function ownerFilesIn(
  files: FileSystem,
  dataPath: string,
  beside: (entry: DirectoryEntry) => void = () => {},
): Promise<OwnerFiles[]> {
  const all = new Map<string, OwnerFiles>();
  const of = (nonce: string): OwnerFiles => {
    const left = all.get(nonce) ?? { nonce };
    all.set(nonce, left);
    return left;
  };
  await files.visit(dataPath, (entry) => {
    beside(entry);
    const { name } = entry;
    const [, pid, wanting] = DRAFT.exec(name) ?? [];
    if (wanting !== undefined && entry.kind === "file") {
      Object.assign(of(wanting), { draft: name, pid: Number(pid) });
    }
    const [, nonce, what] = SIGN_OF_LIFE.exec(name) ?? [];
    if (nonce === undefined) return;
    if (what === "owner" && entry.kind === "file") of(nonce).owner = name;
    // A file of this name is no socket.
    if (what === "door" && entry.kind === "other") of(nonce).socket = name;
  });
  return [...all.values()];
}
