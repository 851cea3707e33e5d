import type { FileSystem, LoadableBatch } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import type { BatchMeta } from "../formats/batch_meta.ts";
import { readMeta } from "../formats/meta.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import { META_BYTES_MAX } from "../store/batch_size.ts";
import { isNotFound } from "./not_found.ts";
import { decodeRecord, peekMeta } from "../store/record.ts";

const FILE_BYTES_MAX = 2 * BATCH_BYTES_MAX;

/** Timestamps from one on, and before another, in milliseconds since the epoch. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A batch out of `delivered/`. */
export interface DeliveredBatch
  extends LoadableBatch, Pick<BatchMeta, "times" | "kinds" | "signals"> {}

/** Whether a batch may have signals in the window, by its head alone. */
export async function inWindow(
  files: FileSystem,
  path: string,
  { fromMs, toMs }: Window,
): Promise<boolean> {
  try {
    const { bytes } = await files.readHead(path, META_BYTES_MAX);
    const meta = peekMeta(bytes);
    const times = meta && readMeta(meta).times;
    return times === undefined || (times.newestMs >= fromMs && times.oldestMs < toMs);
  } catch (error) {
    // Read whole, it is told what is wrong.
    if (error instanceof WalqError || isNotFound(error)) return true;
    throw error;
  }
}

/** A whole batch; a text that says what is wrong with it, or undefined when it is gone. */
export async function readDelivered(
  files: FileSystem,
  path: string,
): Promise<DeliveredBatch | string | undefined> {
  try {
    const { meta, data } = decodeRecord(await files.readWhole(path, FILE_BYTES_MAX));
    return { ...readMeta(meta), data };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (error instanceof WalqError) return error.message;
    throw error;
  }
}
