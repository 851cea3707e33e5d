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
 * Who has a door or an owner's file and no draft is an owner.
 */
interface Traces {
  readonly nonce: string;
  /** Of the process, by the name of the draft. */
  pid?: number;
  draft?: string;
  door?: string;
  owner?: string;
}

const DRAFT = /^walq\.lock\.([0-9]{1,15})\.([0-9a-z]{1,16})$/;
const SIGN = /^walq\.([0-9a-z]{1,16})\.(door|owner)$/;
const CLAIM = /^walq\.lock\.after\.(?:[0-9a-z]{1,16}|-)$/;

export function draftName({ pid, nonce }: Owner): string {
  return `${LOCK_NAME}.${pid}.${nonce}`;
}

export function doorName(nonce: string): string {
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
 * A living process that owns the data path, be the lock there or not.
 *
 * @throws {FileSystemError} when the disk does not let us see.
 */
export async function findOwner(
  own: Owner,
  dataPath: string,
  platform: Platform,
): Promise<Owner | undefined> {
  for (const traces of await tracesIn(platform.files, dataPath)) {
    if (traces.nonce === own.nonce || traces.draft !== undefined) continue;
    const owner = await writtenBy(traces, dataPath, platform.files);
    if (owner !== undefined) {
      if (await isAlive(owner, dataPath, platform)) return owner;
    } else if (await isOpen(traces, dataPath, platform) === true) {
      return { ...NOBODY, nonce: traces.nonce, door: traces.door! };
    }
  }
  return undefined;
}

/**
 * Removes what processes have left that died, for the one who owns the data path;
 * claims to locks that were before its own are worth nothing. What the disk keeps of
 * it does no harm.
 */
export async function clearTraces(
  own: Owner,
  dataPath: string,
  platform: Platform,
): Promise<void> {
  const { files } = platform;
  const remove = (name: string): Promise<void> =>
    files.remove(`${dataPath}/${name}`).catch(() => {});
  const claims: string[] = [];
  const all = await tracesIn(files, dataPath, (entry) => {
    const { name } = entry;
    if (CLAIM.test(name) && name !== claimName(own) && entry.kind === "file") claims.push(name);
  });
  for (const claim of claims) await remove(claim);
  for (const traces of all) {
    const isOwn = traces.nonce === own.nonce;
    if (isOwn || await mayLive(traces, dataPath, platform).catch(() => true)) continue;
    const { draft, door, owner } = traces;
    for (const name of [door, owner, draft]) if (name !== undefined) await remove(name);
  }
}

async function mayLive(traces: Traces, dataPath: string, platform: Platform): Promise<boolean> {
  const owner = await writtenBy(traces, dataPath, platform.files);
  if (owner !== undefined) return await isAlive(owner, dataPath, platform);
  if (await isOpen(traces, dataPath, platform) !== false) return true;
  // A draft that is half-written may be just being written.
  return traces.pid !== undefined && await platform.processes.mark(traces.pid) !== undefined;
}

/** Undefined where nothing says it, or nothing that makes sense. */
async function writtenBy(
  { nonce, owner, draft }: Traces,
  dataPath: string,
  files: FileSystem,
): Promise<Owner | undefined> {
  const name = owner ?? draft;
  if (name === undefined) return undefined;
  const found = await readLock(files, `${dataPath}/${name}`);
  return found?.owner.nonce === nonce ? found.owner : undefined;
}

/** False where it has no door. */
async function isOpen(
  { door }: Traces,
  dataPath: string,
  { doors }: Platform,
): Promise<boolean | undefined> {
  return door === undefined ? false : await doors.isOpen(`${dataPath}/${door}`);
}

async function tracesIn(
  files: FileSystem,
  dataPath: string,
  beside: (entry: DirectoryEntry) => void = () => {},
): Promise<Traces[]> {
  const all = new Map<string, Traces>();
  const of = (nonce: string): Traces => {
    const traces = all.get(nonce) ?? { nonce };
    all.set(nonce, traces);
    return traces;
  };
  await files.visit(dataPath, (entry) => {
    beside(entry);
    const { name } = entry;
    const [, pid, wanting] = DRAFT.exec(name) ?? [];
    if (wanting !== undefined && entry.kind === "file") {
      Object.assign(of(wanting), { draft: name, pid: Number(pid) });
    }
    const [, nonce, what] = SIGN.exec(name) ?? [];
    if (nonce === undefined) return;
    if (what === "owner" && entry.kind === "file") of(nonce).owner = name;
    // A file of this name is no door.
    if (what === "door" && entry.kind === "other") of(nonce).door = name;
  });
  return [...all.values()];
}
