import type { FileSystem, Platform, ProcessTable } from "../contracts.ts";
import { findEntries } from "./find_entries.ts";
import type { Owner } from "./lock_file.ts";

/** The locks that this process holds: any other lock with its process id is an earlier process's. */
const held = new Set<string>();

/** Notes whether this process holds the lock with this nonce. */
export function noteHeld(nonce: string, isHeld: boolean): void {
  if (isHeld) held.add(nonce);
  else held.delete(nonce);
}

/** Whether this process holds the lock. */
export function isHeldHere({ nonce }: Owner): boolean {
  return held.has(nonce);
}

/** Whether the process that a lock in this data path names is alive. */
export async function isAlive(
  owner: Owner,
  dataPath: string,
  { files, processes, livenessSockets }: Platform,
): Promise<boolean> {
  if (owner.door !== undefined) {
    const isListening = await livenessSockets.isListening(`${dataPath}/${owner.door}`);
    if (isListening === true) return true;
    if (isListening === false && await hasSocket(files, dataPath, owner.door)) return false;
  }
  return owner.pid === processes.pid ? isHeldHere(owner) : await isRunning(owner, processes);
}

/**
 * A killed process leaves its socket's name, and nobody listens there. Where there is
 * none, somebody tidied up, or copied the data path without it: that says nothing
 * about the process.
 */
async function hasSocket(files: FileSystem, dataPath: string, door: string): Promise<boolean> {
  const found = await findEntries(
    files,
    dataPath,
    (entry) => entry.name === door && entry.kind === "other" ? door : undefined,
  );
  return found.length > 0;
}

async function isRunning(owner: Owner, processes: ProcessTable): Promise<boolean> {
  if (owner.pid <= 0) return false;
  const mark = await processes.mark(owner.pid);
  if (mark === undefined) return false;
  // A process id is used again; the mark tells whether it is the same process.
  return mark === owner.mark || mark === "unknown" || owner.mark === "unknown";
}
