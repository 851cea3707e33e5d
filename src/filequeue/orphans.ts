import type { BatchId, FileSystem, Logger } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { committedId, committedName } from "./file_name.ts";
import { readBatchSize } from "./batch_head.ts";
import { findEntries } from "./find_entries.ts";
import { isNotFound } from "./not_found.ts";
import { deliveredFile } from "./delivered_file.ts";
import { isRejectedDraft, rejectedId } from "./rejected_file.ts";
import { ID_MAX } from "./recovery.ts";

/** A directory with batches that no endpoint sends. */
export interface Orphan {
  readonly name: string;
  readonly batches: number;
  /** The id of its newest batch. */
  readonly lastId: BatchId;
}

/**
 * Finds what endpoints of earlier configurations left: a name that was changed
 * must not strand acknowledged data in silence.
 *
 * @param onName told of each name in the data path
 * @throws {FileSystemError} when a directory cannot be read that must be: batches sent before it would overtake it.
 */
export async function findOrphans(
  files: FileSystem,
  dataPath: string,
  endpoints: ReadonlySet<string>,
  mustBeRead: (name: string) => boolean = () => false,
  onName: (name: string) => void = () => {},
): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  const directories = await findEntries(files, dataPath, ({ name, kind }) => {
    onName(name);
    return !endpoints.has(name) && kind === "directory" ? name : undefined;
  });
  for (const name of directories) {
    const wal = `${dataPath}/${name}/wal`;
    const isSent = mustBeRead(name);
    const ids = await (isSent ? idsIn : batchesIn)(files, wal);
    if (isSent) await keepDeleted(files, wal);
    const lastId = ids.reduce((last, id) => id <= ID_MAX ? Math.max(last, id) : last, 0);
    if (ids.length > 0) orphans.push({ name, batches: ids.length, lastId });
  }
  return orphans;
}

/**
 * Deletes the batches of an orphan, because its owner said so, and logs what it held.
 * Batches that the disk refuses to delete are left.
 */
export async function forgetOrphan(
  files: FileSystem,
  dataPath: string,
  name: string,
  logger: Logger,
): Promise<{ readonly signals: number; readonly batchesLeft: number }> {
  const wal = `${dataPath}/${name}/wal`;
  const paths = (await batchesIn(files, wal)).map((id) => `${wal}/${committedName(id)}`);
  const forgotten = { batches: 0, signals: 0 };
  let failure: string | undefined;
  for (const path of paths) {
    try {
      // What cannot be read is forgotten like the rest, and nobody knows how much it held.
      const { signals } = await readBatchSize(files, path).catch(() => ({ signals: 0 }));
      await files.remove(path);
      forgotten.batches++;
      forgotten.signals += signals;
    } catch (error) {
      failure = messageOf(error);
    }
  }
  const fields = { endpoint: name, ...forgotten };
  if (forgotten.batches > 0) logger.warn("orphaned batches were forgotten, as was asked", fields);
  if (failure !== undefined) {
    logger.error("cannot forget an orphaned batch", { endpoint: name, error: failure });
  }
  return { signals: forgotten.signals, batchesLeft: paths.length - forgotten.batches };
}

/**
 * Deletes what an orphan keeps of what was refused or delivered, because its owner said so.
 * Files in `quarantine/` stay, as they do where an endpoint goes on.
 */
export async function forgetKept(
  files: FileSystem,
  dataPath: string,
  name: string,
  logger: Logger,
): Promise<void> {
  const kept = { rejected: isRejectedName, delivered: isDeliveredName };
  for (const [directory, isOurs] of Object.entries(kept)) {
    const path = `${dataPath}/${name}/${directory}`;
    let forgotten = 0;
    try {
      const names = await findEntries(
        files,
        path,
        (entry) => isOurs(entry.name) ? entry.name : undefined,
      );
      for (const found of names) {
        await files.remove(`${path}/${found}`);
        forgotten++;
      }
    } catch (error) {
      if (!isNotFound(error)) {
        logger.error("cannot forget what an orphan keeps", { path, error: messageOf(error) });
      }
    }
    const fields = { path, files: forgotten };
    if (forgotten > 0) logger.warn("what an orphan kept was forgotten, as was asked", fields);
  }
}

function isRejectedName(name: string): boolean {
  return rejectedId(name) !== undefined || isRejectedDraft(name);
}

function isDeliveredName(name: string): boolean {
  return deliveredFile(name) !== undefined;
}

async function batchesIn(files: FileSystem, wal: string): Promise<number[]> {
  try {
    return await idsIn(files, wal);
  } catch (error) {
    // Somebody else's directory: none of our business.
    if (error instanceof FileSystemError) return [];
    throw error;
  }
}

async function idsIn(files: FileSystem, wal: string): Promise<number[]> {
  try {
    return await findEntries(files, wal, ({ name }) => committedId(name));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [];
  }
}

/** What it has sent must not come back after a power cut, behind what is sent later. */
async function keepDeleted(files: FileSystem, wal: string): Promise<void> {
  try {
    await files.syncDirectory(wal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
