/**
 * Whose the queues of endpoints without a name are, beside those queues:
 *
 *     <data_path>/walq.names    {"owners": [{"name", "url", "whole", "what", "who", "isInUse"}]}
 */
import * as v from "valibot";
import type { FileSystem } from "../../contracts.ts";
import { FileSystemError } from "../../errors.ts";

/** The endpoint of a queue; nothing of it can be read out of the hashes. */
export interface QueueOwner {
  /** The directory of the queue. */
  readonly name: string;
  /** The name that stands for its URL, which one of the endpoints there has. */
  readonly url: string;
  /** Hashes of an `EndpointIdentity`. */
  readonly whole: string;
  readonly what: string;
  readonly who: string;
  /** Whether the configuration that was last in force has it. */
  readonly isInUse: boolean;
}

/** What is known of queues before the names of a configuration are given. */
export interface KnownQueues {
  readonly owners: readonly QueueOwner[];
  /** Directories that are there. */
  readonly directories: ReadonlySet<string>;
  /** Why the owners are not known, although they were written down. */
  readonly problem?: string | undefined;
}

/** Where there was no queue yet. */
export const NO_QUEUES: KnownQueues = { owners: [], directories: new Set() };

const FILE_NAME = "walq.names";
const FILE_BYTES_MAX = 1024 * 1024;
/** Each of those that are gone has a directory, which somebody removes one day. */
const OWNERS_MAX = 2_000;

const TEXT = v.pipe(v.string(), v.maxLength(200));
const OWNERS = v.object({
  owners: v.array(
    v.object({ name: TEXT, url: TEXT, whole: TEXT, what: TEXT, who: TEXT, isInUse: v.boolean() }),
  ),
});

/** Reads what was written down; never rejects. */
export async function readQueueOwners(files: FileSystem, dataPath: string): Promise<KnownQueues> {
  const directories = new Set<string>();
  try {
    await files.visit(dataPath, ({ name }) => directories.add(name));
  } catch {
    // Who opens the queue tells what is wrong with it, and makes what is not there.
    return NO_QUEUES;
  }
  if (!directories.has(FILE_NAME)) return { owners: [], directories };
  try {
    const bytes = await files.readWhole(`${dataPath}/${FILE_NAME}`, FILE_BYTES_MAX);
    const { owners } = v.parse(OWNERS, JSON.parse(new TextDecoder().decode(bytes)));
    // A queue that somebody removed is nobody's.
    return { owners: owners.filter(({ name }) => directories.has(name)), directories };
  } catch (error) {
    return { owners: [], directories, problem: problemOf(error) };
  }
}

/** A file that is not whole, or of another version: parsers and schemas have words for programs. */
function problemOf(error: unknown): string {
  if (error instanceof FileSystemError) return error.message;
  return `${FILE_NAME} is not what walq writes there`;
}

/**
 * Writes it down anew, whole or not at all.
 *
 * @throws {FileSystemError}
 */
export async function writeQueueOwners(
  files: FileSystem,
  dataPath: string,
  owners: readonly QueueOwner[],
): Promise<void> {
  const path = `${dataPath}/${FILE_NAME}`;
  const draft = `${path}.tmp`;
  const bytes = new TextEncoder().encode(`${JSON.stringify({ owners }, null, 1)}\n`);
  await files.remove(draft).catch((error) => {
    if (!(error instanceof FileSystemError && error.code === "not_found")) throw error;
  });
  await files.writeAndSync(draft, [bytes]);
  await files.rename(draft, path);
  await files.syncDirectory(dataPath);
}

/** Those of now, and those of before whose queues are nobody's now; their order says nothing. */
export function ownersFrom(
  now: readonly QueueOwner[],
  before: readonly QueueOwner[],
  names: ReadonlySet<string>,
): QueueOwner[] {
  const left = before.filter(({ name }) => !names.has(name));
  const all = [...now, ...left.map((owner) => ({ ...owner, isInUse: false }))].slice(0, OWNERS_MAX);
  return all.sort((one, other) => one.name < other.name ? -1 : 1);
}
