import type { BatchId, FileSystem } from "../contracts.ts";
import { isOwnName } from "../endpoint_name.ts";
import { WalqError } from "../errors.ts";
import {
  byAge,
  type DeliveredFile,
  deliveredFile,
  deliveredName,
} from "../filequeue/delivered_file.ts";
import { committedId, committedName, isTemporary } from "../filequeue/file_name.ts";
import { isNotFound } from "../filequeue/not_found.ts";
import { lastName, parentOf } from "./paths.ts";
import { rejectedId, rejectedName } from "../filequeue/rejected_file.ts";

/** The directories of an endpoint that hold batches. */
export type BatchDirectory = "wal" | "quarantine" | "delivered";

/** What one endpoint has on the disk, by names alone. */
export interface EndpointListing {
  readonly name: string;
  /** Where its directories are. */
  readonly directory: string;
  /** Those with batches. */
  readonly paths: Readonly<Record<BatchDirectory, string>>;
  /** The ids in these directories, ascending. */
  readonly ids: Readonly<Record<"wal" | "quarantine", readonly BatchId[]>>;
  /**
   * What else was set aside in `quarantine/`: refused requests, and copies of what was
   * delivered. Not the reasons beside them.
   */
  readonly setAside: readonly string[];
  /** What is kept in `delivered/`, the oldest first. */
  readonly delivered: readonly DeliveredFile[];
  /** The ids of refused requests in `rejected/`. */
  readonly rejected: readonly string[];
  /** What a crash in the middle of a write has left in `wal/`. */
  readonly temporary: readonly string[];
  /** Files in `wal/` of which an import was cut short. */
  readonly importing: readonly string[];
  /** Other names in `wal/`; there may be any number. */
  readonly foreign: { readonly count: number; readonly first: string | undefined };
}

/** What stands beside a file in `quarantine/`. */
const REASON = ".reason";

/** The name of a batch of which an import is not through. */
const IMPORTING = /^([1-9][0-9]{0,14})\.importing$/;

/** The name of a batch that is to be committed under this id, until its import is recorded. */
export function importingName(id: BatchId): string {
  return `${id}.importing`;
}

/** The id in such a name; undefined for any other one. */
export function importingId(name: string): BatchId | undefined {
  const match = IMPORTING.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Where a batch is. */
export function batchPath(
  { paths }: Pick<EndpointListing, "paths">,
  part: "wal" | "quarantine",
  id: BatchId,
): string {
  return `${paths[part]}/${committedName(id)}`;
}

/** A file that holds a batch. */
export interface ListedBatch {
  readonly id: BatchId;
  readonly name: string;
  readonly path: string;
}

/** The batches of one directory, the oldest first. */
export function* batchesIn(
  { paths, ids, delivered }: EndpointListing,
  part: BatchDirectory,
): Generator<ListedBatch> {
  const at = (id: BatchId, name: string): ListedBatch => ({
    id,
    name,
    path: `${paths[part]}/${name}`,
  });
  if (part === "delivered") {
    for (const file of delivered) {
      yield at(file.id, deliveredName(file));
    }
  } else for (const id of ids[part]) yield at(id, committedName(id));
}

/** Where a refused request is. */
export function rejectedPath(
  { directory }: Pick<EndpointListing, "directory">,
  id: string,
): string {
  return `${directory}/rejected/${rejectedName(id)}`;
}

/**
 * The endpoints in a directory, which may be a data path, or an export, that has one
 * directory for each endpoint; the directory of one endpoint; or its `wal/`. Only names are
 * read.
 *
 * @throws {FileSystemError} when it cannot be read.
 * @throws {WalqError} `INVALID_OPTIONS` where there is no queue.
 */
export async function listQueue(files: FileSystem, path: string): Promise<EndpointListing[]> {
  const root = path.replace(/(?<=.)\/+$/, "");
  const names = await namesIn(files, root);
  if (names.batches > 0) {
    const directory = parentOf(root);
    return [await listEndpoint(files, { name: lastName(directory), directory }, root)];
  }
  // An endpoint may have the name "wal": then there is one of its own in it.
  const isEndpoint = names.directories.includes("wal") &&
    !(await namesIn(files, `${root}/wal`)).directories.includes("wal");
  if (isEndpoint) {
    return [await listEndpoint(files, { name: lastName(root), directory: root })];
  }
  const listings: EndpointListing[] = [];
  for (const name of names.directories.sort()) {
    const directory = `${root}/${name}`;
    const inside = await namesIn(files, directory);
    if (!inside.directories.includes("wal")) continue;
    listings.push(await listEndpoint(files, { name, directory }));
  }
  if (listings.length > 0 || names.isOwned) return listings;
  throw new WalqError(
    "INVALID_OPTIONS",
    `No queue in "${path}": got no directory of an endpoint with a "wal" in it, expected a ` +
      "data path, the directory of an endpoint, or its wal directory",
  );
}

/**
 * That of the endpoint of this name, or all of them.
 *
 * @throws {WalqError} `INVALID_OPTIONS` when there is none of the name.
 */
export function chosen(
  listings: readonly EndpointListing[],
  endpoint: string | undefined,
): readonly EndpointListing[] {
  if (endpoint === undefined) return listings;
  const found = listings.filter(({ name }) => name === endpoint);
  if (found.length > 0) return found;
  const names = listings.map(({ name }) => JSON.stringify(name)).join(", ") || "none";
  throw new WalqError(
    "INVALID_OPTIONS",
    `There is no endpoint ${JSON.stringify(endpoint)}: got ${names}`,
  );
}

function isBatchName(name: string): boolean {
  return committedId(name) !== undefined || isTemporary(name) || deliveredFile(name) !== undefined;
}

async function namesIn(files: FileSystem, path: string): Promise<{
  directories: string[];
  batches: number;
  isOwned: boolean;
}> {
  const found = { directories: [] as string[], batches: 0, isOwned: false };
  await files.visit(path, (entry) => {
    const { name } = entry;
    if (isOwnName(name)) found.isOwned = true;
    else if (isBatchName(name)) found.batches++;
    else if (entry.kind === "directory") found.directories.push(name);
  });
  return found;
}

/** `only` is the one directory that is looked at, in place of all of the endpoint. */
async function listEndpoint(
  files: FileSystem,
  { name, directory }: Pick<EndpointListing, "name" | "directory">,
  only?: string,
): Promise<EndpointListing> {
  const ids = { wal: [] as BatchId[], quarantine: [] as BatchId[] };
  const setAside: string[] = [];
  const delivered: DeliveredFile[] = [];
  const rejected: string[] = [];
  const temporary: string[] = [];
  const importing: string[] = [];
  const foreign: { count: number; first: string | undefined } = { count: 0, first: undefined };
  const visitWal = (path: string): Promise<void> =>
    files.visit(path, (entry) => {
      const id = committedId(entry.name);
      if (id !== undefined) ids.wal.push(id);
      else if (isTemporary(entry.name)) temporary.push(entry.name);
      else if (importingId(entry.name) !== undefined) importing.push(entry.name);
      else {
        foreign.count++;
        foreign.first ??= entry.name;
      }
    });
  const visitQuarantine = (path: string): Promise<void> =>
    files.visit(path, ({ name }) => {
      const id = committedId(name);
      if (id !== undefined) ids.quarantine.push(id);
      else if (!name.endsWith(REASON)) setAside.push(name);
    });
  const visitDelivered = (path: string): Promise<void> =>
    files.visit(path, (entry) => {
      const file = deliveredFile(entry.name);
      if (file !== undefined) delivered.push(file);
    });
  const paths = {
    wal: `${directory}/wal`,
    quarantine: `${directory}/quarantine`,
    delivered: `${directory}/delivered`,
  };
  if (only !== undefined) {
    const part = (["quarantine", "delivered"] as const).find((one) => lastName(only) === one) ??
      "wal";
    paths[part] = only;
    const visits = { wal: visitWal, quarantine: visitQuarantine, delivered: visitDelivered };
    await visits[part](only);
  } else {
    await visitWal(paths.wal);
    await unlessMissing(visitQuarantine(paths.quarantine));
    await unlessMissing(visitDelivered(paths.delivered));
    await unlessMissing(files.visit(`${directory}/rejected`, (entry) => {
      const id = rejectedId(entry.name);
      if (id !== undefined) rejected.push(id);
    }));
  }
  rejected.sort();
  setAside.sort();
  delivered.sort(byAge);
  for (const list of Object.values(ids)) list.sort((a, b) => a - b);
  return {
    name,
    directory,
    paths,
    ids,
    setAside,
    delivered,
    rejected,
    temporary,
    importing,
    foreign,
  };
}

async function unlessMissing(reading: Promise<void>): Promise<void> {
  try {
    await reading;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
