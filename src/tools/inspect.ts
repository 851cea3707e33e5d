import type { BatchId, FileSystem, LabelPair, RejectedRequest } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { META_BYTES_MAX } from "../store/batch_size.ts";
import { peekMeta } from "../store/record.ts";
import { readRejectedHead } from "../filequeue/rejected_file.ts";
import { listSetAside, reasonBeside } from "../filequeue/set_aside.ts";
import type { BatchMeta, Meta } from "../formats/batch_meta.ts";
import { readMeta } from "../formats/meta.ts";
import { BatchFileReader, isFaultOfFile, type ViewedFile } from "./batch_file.ts";
import { type BatchSummary, summarise } from "./batch_summary.ts";
import {
  type BatchDirectory,
  batchesIn,
  chosen,
  type EndpointListing,
  listQueue,
  rejectedPath,
} from "./queue_listing.ts";
import type { Selector } from "./selector.ts";
import { metadataSignal, type ShownSignal, signalAt } from "./signal.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** What is in one file. */
export interface InspectedFile extends BatchSummary {
  readonly path: string;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly signals: number;
  /** Of the file, for each sample; undefined where there is none. */
  readonly bytesPerSample: number | undefined;
  /** All that the head says. */
  readonly meta: Meta;
  /** Alloy leaves none. */
  readonly checksum: "right" | "none";
  /** The first signals that were asked for. */
  readonly shown: readonly ShownSignal[];
}

/** Which signals are shown. */
export interface ShowOptions {
  /** At most so many. */
  readonly limit: number;
  /** @default all */
  readonly selector?: Selector | undefined;
}

/**
 * Reads a file whole, and tells what is in it.
 *
 * @throws {WalqError} `CORRUPT`, `UNSUPPORTED_FORMAT`
 * @throws {FileSystemError}
 */
export async function inspectFile(
  path: string,
  show: ShowOptions,
  { platform: { files, decompressZstd }, kernel }: ToolPlatform,
): Promise<InspectedFile> {
  const file = await new BatchFileReader({ files, kernel, decompressZstd }).view(path);
  const summary = summarise(file.view);
  const { samples } = summary.kinds;
  return {
    path,
    bytes: file.bytes,
    uncompressedBytes: file.uncompressedBytes,
    signals: file.signals,
    bytesPerSample: samples === 0 ? undefined : file.bytes / samples,
    meta: file.meta,
    checksum: file.known.checksum === undefined ? "none" : "right",
    ...summary,
    shown: [...shownSignals(file, show)],
  };
}

function* shownSignals(
  { view }: ViewedFile,
  { limit, selector = () => true }: ShowOptions,
): Generator<ShownSignal> {
  let left = limit;
  const isMeant = (labels: readonly LabelPair[]): boolean => left > 0 && selector(labels);
  for (let row = 0; row < view.rows && left > 0; row++) {
    const signal = view.kindOf(row) !== "unsupported" && isMeant(view.labelsOf(row))
      ? signalAt(view, row)
      : undefined;
    if (signal === undefined) continue;
    left--;
    yield signal;
  }
  for (const entry of left > 0 ? view.metadata : []) {
    if (!isMeant([["__name__", entry.family]])) continue;
    left--;
    yield metadataSignal(entry);
  }
}

/** What one directory of an endpoint holds, by the heads of its files. */
export interface DirectoryTotals {
  readonly files: number;
  readonly bytes: number;
  readonly signals: number;
  /** Files whose head says nothing: damaged ones, or of somebody else. */
  readonly unreadable: number;
  /** By the heads that say it: Alloy's do not, nor those of old files. */
  readonly times: { readonly oldestMs: number; readonly newestMs: number } | undefined;
}

/** What an endpoint has. */
export interface InspectedEndpoint {
  readonly name: string;
  readonly pending: DirectoryTotals;
  readonly quarantine: DirectoryTotals;
  readonly delivered: DirectoryTotals;
  readonly rejected: { readonly files: number; readonly bytes: number; readonly signals: number };
  /** Files that are no batches: left by a crash, of an import that was cut short, of others. */
  readonly others: {
    readonly temporary: number;
    readonly importing: number;
    readonly foreign: number;
  };
}

/** A file, by its head. */
export interface FileLine {
  readonly endpoint: string;
  readonly directory: BatchDirectory | "rejected";
  readonly name: string;
  readonly bytes: number;
  readonly signals: number;
  readonly format: string;
  readonly times: BatchMeta["times"];
  /** Why it was set aside or refused, or what is wrong with its head. */
  readonly remark: string | undefined;
}

/** How {@link inspectQueue} looks. */
export interface QueueOptions {
  /** Told of each file. @default nobody */
  readonly onFile?: ((line: FileLine) => Promise<void>) | undefined;
  /** One endpoint alone. */
  readonly endpoint?: string | undefined;
}

/**
 * What the endpoints in a directory have, by the heads of their files.
 *
 * @throws {WalqError} `INVALID_OPTIONS` where there is no queue, or no endpoint of the name.
 */
export async function inspectQueue(
  path: string,
  options: QueueOptions,
  tools: ToolPlatform,
): Promise<InspectedEndpoint[]> {
  const { files } = tools.platform;
  const endpoints: InspectedEndpoint[] = [];
  for (const listing of chosen(await listQueue(files, path), options.endpoint)) {
    endpoints.push({
      name: listing.name,
      pending: await totalsOf(listing, "wal", options, tools),
      quarantine: await totalsOf(listing, "quarantine", options, tools),
      delivered: await totalsOf(listing, "delivered", options, tools),
      rejected: await rejectedTotals(listing, options, tools),
      others: {
        temporary: listing.temporary.length,
        importing: listing.importing.length,
        foreign: listing.foreign.count,
      },
    });
  }
  return endpoints;
}

async function totalsOf(
  listing: EndpointListing,
  part: BatchDirectory,
  { onFile }: QueueOptions,
  { platform: { files }, onProgress }: ToolPlatform,
): Promise<DirectoryTotals> {
  const totals = { files: 0, bytes: 0, signals: 0, unreadable: 0 };
  let times: BatchMeta["times"];
  const reasons = part === "quarantine" && onFile !== undefined
    ? await reasonsOf(files, listing)
    : new Map<BatchId, string>();
  for (const { id, name, path } of batchesIn(listing, part)) {
    const head = await headOf(files, path);
    await onProgress?.(1);
    // Delivered, or removed, since its name was read.
    if (head === undefined) continue;
    totals.files++;
    totals.bytes += head.bytes;
    totals.signals += head.known?.signals ?? 0;
    if (head.known === undefined) totals.unreadable++;
    times = spanOf(times, head.known?.times);
    await onFile?.({
      endpoint: listing.name,
      directory: part,
      name,
      bytes: head.bytes,
      signals: head.known?.signals ?? 0,
      format: head.known?.format ?? "unknown",
      times: head.known?.times,
      remark: reasons.get(id) ?? head.fault,
    });
  }
  if (part === "quarantine") await addSetAside(totals, listing, onFile, files);
  return { ...totals, times };
}

/** What is in quarantine and no pending batch: nothing reads it again, so its size is all there is to say. */
async function addSetAside(
  totals: { files: number; bytes: number; unreadable: number },
  { name: endpoint, paths, setAside }: EndpointListing,
  onFile: QueueOptions["onFile"],
  files: FileSystem,
): Promise<void> {
  for (const name of setAside) {
    const path = `${paths.quarantine}/${name}`;
    const bytes = await bytesOf(files, path);
    totals.files++;
    totals.bytes += bytes;
    totals.unreadable++;
    if (onFile === undefined) continue;
    await onFile({
      endpoint,
      directory: "quarantine",
      name,
      bytes,
      signals: 0,
      format: "unknown",
      times: undefined,
      remark: await reasonBeside(files, path) || undefined,
    });
  }
}

/** None of a directory, and of what is gone. */
async function bytesOf(files: FileSystem, path: string): Promise<number> {
  try {
    return (await files.readHead(path, 0)).fileBytes;
  } catch (error) {
    if (error instanceof FileSystemError) return 0;
    throw error;
  }
}

async function reasonsOf(
  files: FileSystem,
  { directory, ids }: EndpointListing,
): Promise<Map<BatchId, string>> {
  const all = await listSetAside(files, `${directory}/quarantine`, ids.quarantine.length);
  return new Map(all.map(({ id, reason }) => [id, reason]));
}

async function rejectedTotals(
  listing: EndpointListing,
  { onFile }: QueueOptions,
  { platform: { files } }: ToolPlatform,
): Promise<InspectedEndpoint["rejected"]> {
  const totals = { files: 0, bytes: 0, signals: 0 };
  for (const id of listing.rejected) {
    const path = rejectedPath(listing, id);
    const request = await readRejectedHead(files, path, { endpoint: listing.name, id })
      .catch((error: unknown) => messageOf(error));
    totals.files++;
    if (typeof request !== "string") {
      totals.bytes += request.bytes;
      totals.signals += request.signals;
    }
    await onFile?.(rejectedLine(listing.name, id, request));
  }
  return totals;
}

function rejectedLine(endpoint: string, id: string, request: RejectedRequest | string): FileLine {
  const common = { endpoint, directory: "rejected", name: `${id}.rejected` } as const;
  if (typeof request === "string") {
    return {
      ...common,
      bytes: 0,
      signals: 0,
      format: "unknown",
      times: undefined,
      remark: request,
    };
  }
  const { bytes, signals, oldestMs, newestMs, protobufMessage, status, reason } = request;
  const times = newestMs === 0 ? undefined : { oldestMs, newestMs };
  const remark = `${status ?? "no answer"}: ${reason}`;
  return { ...common, bytes, signals, format: protobufMessage, times, remark };
}

/** What a file's head says; undefined when the file is gone. */
async function headOf(
  files: FileSystem,
  path: string,
): Promise<{ bytes: number; known?: BatchMeta; fault?: string } | undefined> {
  let bytes = 0;
  try {
    const head = await files.readHead(path, META_BYTES_MAX);
    bytes = head.fileBytes;
    const meta = peekMeta(head.bytes);
    if (meta === undefined) return { bytes, fault: "its head is none of a batch" };
    return { bytes, known: readMeta(meta) };
  } catch (error) {
    if (isFaultOfFile(error)) return { bytes, fault: error.message };
    if ((error as { code?: unknown }).code === "not_found") return undefined;
    throw error;
  }
}

function spanOf(a: BatchMeta["times"], b: BatchMeta["times"]): BatchMeta["times"] {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    oldestMs: Math.min(a.oldestMs, b.oldestMs),
    newestMs: Math.max(a.newestMs, b.newestMs),
  };
}
