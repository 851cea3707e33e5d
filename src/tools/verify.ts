import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import { readRejected } from "../filequeue/rejected_file.ts";
import { BatchFileReader, isFaultOfFile, type ViewedFile } from "./batch_file.ts";
import { summarise } from "./batch_summary.ts";
import { batchesIn, type EndpointListing, listQueue, rejectedPath } from "./queue_listing.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** A file that is not what it should be. */
export interface DamagedFile {
  readonly endpoint: string;
  readonly path: string;
  /** What was got, what was wanted and where. */
  readonly what: string;
}

/** What {@link verifyQueue} has found. */
export interface VerifiedQueue {
  /** Files that were read whole. */
  readonly files: number;
  readonly bytes: number;
  readonly signals: number;
  readonly damaged: number;
  /** Files that have no checksum: Alloy's. All of their data was read all the same. */
  readonly withoutChecksum: number;
  /** What a crash has left: no batch, and removed at the next start. */
  readonly temporary: number;
  /** What an import has left that was cut short: it goes on when it is run again. */
  readonly importing: number;
  /** Files in `wal/` that are no queue files. */
  readonly foreign: number;
  /** What is in `quarantine/`, batches and whatever else was set aside, and is damaged as is known. */
  readonly setAside: number;
  /** Files that were gone when it was their turn: delivered meanwhile, beside a running program. */
  readonly gone: number;
}

/**
 * Reads every batch and every refused request of a queue, whole, and changes nothing. In
 * memory there is one file.
 *
 * @param onDamaged told of each as it is found
 * @throws {WalqError} `INVALID_OPTIONS` where there is no queue; `UNSUPPORTED_RUNTIME` where a file needs zstd.
 */
export async function verifyQueue(
  path: string,
  onDamaged: (file: DamagedFile) => Promise<void>,
  tools: ToolPlatform,
): Promise<VerifiedQueue> {
  const listings = await listQueue(tools.platform.files, path);
  return await verifyListings(listings, onDamaged, tools);
}

/** The same of a queue whose names were read. */
export async function verifyListings(
  listings: readonly EndpointListing[],
  onDamaged: (file: DamagedFile) => Promise<void>,
  { platform: { files, decompressZstd }, kernel, onProgress }: ToolPlatform,
): Promise<VerifiedQueue> {
  const reader = new BatchFileReader({ files, kernel, decompressZstd });
  const found = { files: 0, bytes: 0, signals: 0, damaged: 0, withoutChecksum: 0, gone: 0 };
  const judge = async (
    endpoint: string,
    path: string,
    look: () => Promise<{ bytes: number; signals: number; hasChecksum: boolean }>,
  ): Promise<void> => {
    const outcome = await outcomeOf(look);
    await onProgress?.(1);
    if (outcome === "gone") {
      found.gone++;
      return;
    }
    found.files++;
    if (typeof outcome === "string") {
      found.damaged++;
      await onDamaged({ endpoint, path, what: outcome });
      return;
    }
    found.bytes += outcome.bytes;
    found.signals += outcome.signals;
    if (!outcome.hasChecksum) found.withoutChecksum++;
  };
  const counts = { temporary: 0, importing: 0, foreign: 0, setAside: 0 };
  for (const listing of listings) {
    for (const part of ["wal", "delivered"] as const) {
      for (const { path } of batchesIn(listing, part)) {
        await judge(listing.name, path, async () => {
          const file = await reader.view(path);
          checkTimes(file);
          const { bytes, signals, known } = file;
          return { bytes, signals, hasChecksum: known.checksum !== undefined };
        });
      }
    }
    for (const id of listing.rejected) {
      const path = rejectedPath(listing, id);
      await judge(listing.name, path, async () => {
        const checksumOf = (bytes: Uint8Array): string => kernel.checksumOf(bytes);
        const { data, signals } = await readRejected(files, path, checksumOf);
        return { bytes: data.length, signals, hasChecksum: true };
      });
    }
    counts.temporary += listing.temporary.length;
    counts.importing += listing.importing.length;
    counts.foreign += listing.foreign.count;
    counts.setAside += listing.ids.quarantine.length + listing.setAside.length;
  }
  return { ...found, ...counts };
}

/** What was read; what is wrong with the file; or that it is gone. */
async function outcomeOf<Read>(look: () => Promise<Read>): Promise<Read | string> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "not_found") return "gone";
    if (isFaultOfFile(error)) return messageOf(error);
    throw error;
  }
}

/** What the head says of times is not covered by the checksum. */
function checkTimes({ known, view }: ViewedFile): void {
  const times = known.times === undefined ? undefined : summarise(view).times;
  if (known.times === undefined || times === undefined) return;
  const { oldestMs, newestMs } = times;
  if (known.times.oldestMs <= oldestMs && known.times.newestMs >= newestMs) return;
  throw new WalqError(
    "CORRUPT",
    `Cannot read Meta: got times from ${known.times.oldestMs} to ${known.times.newestMs}, wanted ` +
      `those of its signals, from ${oldestMs} to ${newestMs}`,
  );
}

/** How many files {@link verifyListings} will read. */
export function filesToVerify(listings: readonly EndpointListing[]): number {
  return listings.reduce(
    (sum, { ids, delivered, rejected }) =>
      sum + ids.wal.length + delivered.length + rejected.length,
    0,
  );
}
