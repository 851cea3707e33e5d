import type { BatchId, DirectoryEntry } from "../contracts.ts";
import { committedId, isTemporary } from "./file_name.ts";

/** What to do with a directory that was found at start. */
export interface RecoveryPlan {
  /** To be sent, in this order. */
  readonly pending: readonly BatchId[];
  /** Half-written: nothing in them was acknowledged. */
  readonly remove: readonly string[];
  /** Not ours: left alone and reported. */
  readonly foreign: readonly string[];
  /** Larger than every id in use, also of those in quarantine: an id is never used twice. */
  readonly nextId: BatchId;
}

/** Decides, from names alone, what a queue directory holds. Pure: same listing, same plan. */
export function planRecovery(
  wal: readonly DirectoryEntry[],
  quarantine: readonly DirectoryEntry[],
): RecoveryPlan {
  const pending: BatchId[] = [];
  const remove: string[] = [];
  const foreign: string[] = [];
  let highest = 0;
  for (const entry of wal) {
    const id = committedId(entry.name);
    if (id !== undefined && entry.kind === "file") pending.push(id);
    else if (isTemporary(entry.name) && entry.kind === "file") remove.push(entry.name);
    else foreign.push(entry.name);
  }
  for (const entry of quarantine) highest = Math.max(highest, committedId(entry.name) ?? 0);
  for (const id of pending) highest = Math.max(highest, id);
  pending.sort((a, b) => a - b);
  return { pending, remove, foreign, nextId: highest + 1 };
}
