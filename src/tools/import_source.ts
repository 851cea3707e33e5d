import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { isNotFound } from "../filequeue/not_found.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import {
  exportedBatch,
  exportedName,
  type ExportTotals,
  MANIFEST_BYTES_MAX,
  MANIFEST_NAME,
  readManifest,
} from "./manifest.ts";
import { listQueue } from "./queue_listing.ts";
import { isTar, tarEntries } from "./tar.ts";

const FILE_BYTES_MAX = 2 * BATCH_BYTES_MAX;

/** A batch of an export. */
export interface ExportedFile {
  readonly name: string;
  readonly endpoint: string;
  readonly id: number;
  /** Its bytes; good until the next one is read. */
  read(): Promise<Uint8Array>;
}

/** An export that is whole, as far as names and sizes tell. */
export interface ImportSource {
  readonly manifest: ExportTotals;
  /** The names of its endpoints. */
  readonly endpoints: readonly string[];
  /** In the order in which they were exported. */
  batches(): AsyncIterable<ExportedFile>;
}

/**
 * Opens an export, an archive or a directory.
 *
 * @throws {WalqError} `CORRUPT` when it is none, or not whole.
 */
export async function openExport(files: FileSystem, path: string): Promise<ImportSource> {
  const isArchive = await headOf(files, path);
  const source = isArchive ? await openArchive(files, path) : await openDirectory(files, path);
  return source;
}

/** Whether it is a file. @throws {WalqError} `CORRUPT` when it is one and no archive. */
async function headOf(files: FileSystem, path: string): Promise<boolean> {
  let head: Uint8Array;
  try {
    ({ bytes: head } = await files.readHead(path, 512));
  } catch (error) {
    if (isNotFound(error)) throw error;
    return false;
  }
  if (isTar(head)) return true;
  throw new WalqError(
    "CORRUPT",
    `Cannot read export "${path}": got a file that is no archive of "walq export"`,
  );
}

async function openArchive(files: FileSystem, path: string): Promise<ImportSource> {
  let manifest: ExportTotals | undefined;
  const found = { files: 0, bytes: 0 };
  const endpoints = new Set<string>();
  for await (const { name, bytes, at } of tarEntries(files, path)) {
    const batch = exportedBatch(name);
    if (batch !== undefined) {
      found.files++;
      found.bytes += bytes;
      endpoints.add(batch.endpoint);
    } else if (name === MANIFEST_NAME && bytes <= MANIFEST_BYTES_MAX) {
      manifest = readManifest(await files.readPart(path, at, bytes), path);
    }
  }
  checkWhole(path, manifest, found);
  return {
    manifest: manifest!,
    endpoints: [...endpoints],
    batches: async function* () {
      for await (const { name, bytes, at } of tarEntries(files, path)) {
        const batch = exportedBatch(name);
        if (batch === undefined) continue;
        if (bytes > FILE_BYTES_MAX) throw tooLarge(name, bytes);
        yield { name, ...batch, read: () => files.readPart(path, at, bytes) };
      }
    },
  };
}

async function openDirectory(files: FileSystem, path: string): Promise<ImportSource> {
  const manifest = await manifestIn(files, path);
  const listings = manifest?.files === 0 ? [] : await listQueue(files, path);
  const found = { files: 0, bytes: 0 };
  const batches: { name: string; endpoint: string; id: number }[] = [];
  for (const { name: endpoint, ids } of listings) {
    for (const id of ids.wal) batches.push({ name: exportedName(endpoint, id), endpoint, id });
  }
  for (const { name } of batches) {
    found.files++;
    found.bytes += (await files.readHead(`${path}/${name}`, 0)).fileBytes;
  }
  checkWhole(path, manifest, found);
  return {
    manifest: manifest!,
    endpoints: listings.filter(({ ids }) => ids.wal.length > 0).map(({ name }) => name),
    batches: async function* () {
      for (const batch of batches) {
        yield { ...batch, read: () => files.readWhole(`${path}/${batch.name}`, FILE_BYTES_MAX) };
      }
    },
  };
}

async function manifestIn(files: FileSystem, path: string): Promise<ExportTotals | undefined> {
  try {
    return readManifest(
      await files.readWhole(`${path}/${MANIFEST_NAME}`, MANIFEST_BYTES_MAX),
      path,
    );
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function checkWhole(
  path: string,
  manifest: ExportTotals | undefined,
  found: { readonly files: number; readonly bytes: number },
): void {
  if (manifest === undefined) {
    throw new WalqError(
      "CORRUPT",
      `Cannot read export "${path}": got no ${MANIFEST_NAME}, which is the last that is written: ` +
        "it is not whole; export it again",
    );
  }
  if (manifest.files === found.files && manifest.bytes === found.bytes) return;
  throw new WalqError(
    "CORRUPT",
    `Cannot read export "${path}": got ${found.files} files of ${found.bytes} bytes, wanted the ` +
      `${manifest.files} of ${manifest.bytes} bytes that were exported`,
  );
}

function tooLarge(name: string, bytes: number): WalqError {
  const message = `Cannot read ${name}: got ${bytes} bytes, wanted at most ${FILE_BYTES_MAX}`;
  return new WalqError("CORRUPT", message);
}
