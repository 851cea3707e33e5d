import type { BatchId, FileSystem, SetAsideBatch } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";
import { committedId, committedName } from "./file_name.ts";

/** As much of a reason as is shown, in bytes. */
const REASON_BYTES_MAX = 1024;

/** The newest files in `quarantine/`, at most so many, with the reasons beside them. */
export async function listSetAside(
  files: FileSystem,
  quarantine: string,
  max: number,
): Promise<SetAsideBatch[]> {
  const ids: BatchId[] = [];
  await unlessGone(files.visit(quarantine, ({ name }) => {
    const id = committedId(name);
    if (id === undefined) return;
    ids.push(id);
    // There may be very many.
    if (ids.length > 2 * max) keepNewest(ids, max);
  }));
  keepNewest(ids, max);
  const found = await Promise.all(ids.map((id) => readOne(files, quarantine, id)));
  return found.filter((one) => one !== undefined);
}

function keepNewest(ids: BatchId[], max: number): void {
  ids.sort((a, b) => b - a);
  ids.length = Math.min(ids.length, max);
}

/** Undefined where somebody has removed it since. */
async function readOne(
  files: FileSystem,
  quarantine: string,
  id: BatchId,
): Promise<SetAsideBatch | undefined> {
  const path = `${quarantine}/${committedName(id)}`;
  const head = await unlessGone(files.readHead(path, 0));
  if (head === undefined) return undefined;
  return { id, reason: await reasonBeside(files, path), bytes: head.fileBytes };
}

/** Why a file in `quarantine/` was set aside; "" where a crash has left it without its note. */
export async function reasonBeside(files: FileSystem, path: string): Promise<string> {
  const note = await unlessGone(files.read(`${path}.reason`, REASON_BYTES_MAX));
  return note === undefined ? "" : new TextDecoder().decode(note).trim();
}

/** Undefined for what is not there, or cannot be read now. */
async function unlessGone<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof FileSystemError) return undefined;
    throw error;
  }
}
