import { isNotFound } from "../filequeue/not_found.ts";
import { BatchFileReader, decodeBatchFile, isFaultOfFile } from "./batch_file.ts";
import { summarise } from "./batch_summary.ts";
import { type ExportSink, openArchive, openDirectory } from "./export_sink.ts";
import { chained, encodeManifest, exportedName, type ExportTotals } from "./manifest.ts";
import { withDataPath } from "./owned.ts";
import { batchPath, chosen, type EndpointListing, listQueue } from "./queue_listing.ts";
import { sha256 } from "./sha256.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** Which batches leave. */
export interface ExportChoice {
  /** @default all */
  readonly endpoint?: string | undefined;
  /** Batches that have a signal at this time or later. @default all */
  readonly fromMs?: number | undefined;
  /** Batches that have a signal before this time. @default all */
  readonly toMs?: number | undefined;
}

/** How a queue is exported to files that another walq takes. */
export interface ExportOptions extends ExportChoice {
  readonly dataPath: string;
  /** A file or a directory that is not there. */
  readonly to: string;
  readonly as: "archive" | "directory";
  /** When the export is durable, what is in it is removed from the queue, which must be at rest. */
  readonly moves: boolean;
  /** For the manifest. */
  readonly version: string;
}

/** What was exported. */
export interface Exported extends ExportTotals {
  /** Batches that were gone when it was their turn: delivered meanwhile, beside a running program. */
  readonly gone: number;
  /** Batches that are damaged, and were taken as they are. */
  readonly damaged: number;
  /** Batches that were not asked for, by time. */
  readonly leftOut: number;
}

/** What was taken, to be removed. */
interface Taken {
  readonly listing: EndpointListing;
  readonly ids: number[];
}

/**
 * Exports pending batches, each as the file that it is: nothing of it is lost. Killed at any
 * moment, the queue has all that it had, or the export is whole.
 *
 * @throws {WalqError} `LOCKED` when it moves beside a running owner; `INVALID_OPTIONS` where
 * there is no queue, or something at the target.
 */
export async function exportQueue(
  options: ExportOptions,
  tools: ToolPlatform,
): Promise<Exported> {
  if (!options.moves) return (await copyOut(options, tools)).exported;
  return await withDataPath(options.dataPath, "move", tools.platform, async () => {
    const { exported, taken } = await copyOut(options, tools);
    for (const { listing, ids } of taken) await removeAll(listing, ids, tools);
    return exported;
  });
}

async function copyOut(
  options: ExportOptions,
  tools: ToolPlatform,
): Promise<{ exported: Exported; taken: Taken[] }> {
  const { files, clock } = tools.platform;
  const listings = chosen(await listQueue(files, options.dataPath), options.endpoint);
  const sink = options.as === "archive"
    ? await openArchive(files, options.to, clock.nowMs())
    : await openDirectory(files, options.to);
  const exported = { files: 0, bytes: 0, signals: 0, digest: "" };
  const others = { gone: 0, damaged: 0, leftOut: 0 };
  const taken: Taken[] = [];
  const walk = new Walk(options, tools);
  for (const listing of listings) {
    const ids: number[] = [];
    for (const id of listing.ids.wal) {
      const file = await walk.read(listing, id);
      await tools.onProgress?.(1);
      if (typeof file === "string") {
        others[file]++;
        continue;
      }
      await add(sink, exported, { ...file, listing, id });
      if (file.isDamaged) others.damaged++;
      if (options.moves) ids.push(id);
    }
    taken.push({ listing, ids });
  }
  const manifest = { exportedAtMs: clock.nowMs(), version: options.version };
  await sink.end(encodeManifest(exported, manifest));
  return { exported: { ...exported, ...others }, taken };
}

async function add(
  sink: ExportSink,
  exported: { files: number; bytes: number; signals: number; digest: string },
  file: {
    readonly bytes: Uint8Array;
    readonly signals: number;
    readonly listing: EndpointListing;
    readonly id: number;
  },
): Promise<void> {
  const { bytes, listing, id } = file;
  const name = exportedName(listing.name, id);
  exported.digest = await chained(exported.digest, name, await sha256(bytes));
  await sink.add(name, bytes, batchPath(listing, "wal", id));
  exported.files++;
  exported.bytes += bytes.length;
  exported.signals += file.signals;
}

/** Reads batches, as far as they are meant. */
class Walk {
  readonly #choice: ExportChoice;
  readonly #reader: BatchFileReader;
  readonly #checksumOf: (bytes: Uint8Array) => string;

  constructor(
    choice: ExportChoice,
    { platform: { files, decompressZstd }, kernel }: ToolPlatform,
  ) {
    this.#choice = choice;
    this.#checksumOf = (bytes) => kernel.checksumOf(bytes);
    this.#reader = new BatchFileReader({ files, kernel, decompressZstd });
  }

  /** A damaged file is taken like others: whoever imports it sees what can be made of it. */
  async read(
    listing: EndpointListing,
    id: number,
  ): Promise<
    | { readonly bytes: Uint8Array; readonly signals: number; readonly isDamaged: boolean }
    | "gone"
    | "leftOut"
  > {
    const path = batchPath(listing, "wal", id);
    let bytes: Uint8Array;
    try {
      bytes = await this.#reader.bytesOf(path);
    } catch (error) {
      if (isNotFound(error)) return "gone";
      throw error;
    }
    try {
      const { known, batch } = decodeBatchFile(bytes);
      if (!this.#isMeant(bytes, path)) return "leftOut";
      if (known.checksum !== undefined && this.#checksumOf(batch.data) !== known.checksum) {
        return { bytes, signals: 0, isDamaged: true };
      }
      return { bytes, signals: known.signals, isDamaged: false };
    } catch (error) {
      if (!isFaultOfFile(error)) throw error;
      return { bytes, signals: 0, isDamaged: true };
    }
  }

  #isMeant(bytes: Uint8Array, path: string): boolean {
    const { fromMs = -Infinity, toMs = Infinity } = this.#choice;
    if (fromMs === -Infinity && toMs === Infinity) return true;
    const times = decodeBatchFile(bytes).known.times ??
      summarise(this.#reader.viewBytes(bytes, path).view).times;
    // What has no time is of all times: metadata alone.
    return times === undefined || (times.newestMs >= fromMs && times.oldestMs < toMs);
  }
}

async function removeAll(
  listing: EndpointListing,
  ids: readonly number[],
  { platform: { files } }: ToolPlatform,
): Promise<void> {
  for (const id of ids) await files.remove(batchPath(listing, "wal", id));
  if (ids.length > 0) await files.syncDirectory(listing.paths.wal);
}
