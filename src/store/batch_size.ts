import type { EncodedBatch } from "../contracts.ts";
import type { BatchMeta, BatchTimes } from "../formats/batch_meta.ts";
import { readMeta } from "../formats/meta.ts";
import { peekMeta } from "./record.ts";

/** Enough for Meta of any known version. */
export const META_BYTES_MAX = 1024;

/** How many signals and bytes a batch holds. */
export interface BatchSize {
  readonly signals: number;
  readonly bytes: number;
  /** When its signals are from, where its head says it. */
  readonly times?: BatchTimes | undefined;
}

/** What the head of a batch's file says. */
export interface BatchHead extends BatchSize {
  /** When its signals are from; undefined where it does not say. */
  readonly times: BatchTimes | undefined;
}

/** The size of a batch in memory. @param bytes the size of its file */
export function sizeOf({ series, metadata }: EncodedBatch, bytes: number): BatchSize {
  return { signals: series + metadata, bytes };
}

/** What a file's head says. A damaged file counts as no signals, and is found again when it is sent. */
export function headIn(head: Uint8Array, bytes: number): BatchHead {
  const known = metaIn(head);
  return { signals: known?.signals ?? 0, bytes, times: known?.times };
}

/** Undefined of a damaged file. */
function metaIn(head: Uint8Array): BatchMeta | undefined {
  const meta = peekMeta(head.subarray(0, META_BYTES_MAX));
  if (meta === undefined) return undefined;
  try {
    return readMeta(meta);
  } catch {
    return undefined;
  }
}
