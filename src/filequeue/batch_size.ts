import type { EncodedBatch, FileSystem } from "../contracts.ts";
import { readMeta } from "../formats/meta.ts";
import { peekMeta } from "./record.ts";

/** Enough for Meta of any known version. */
export const META_BYTES_MAX = 1024;

/** How many signals and bytes a batch holds. */
export interface BatchSize {
  readonly signals: number;
  readonly bytes: number;
}

/** The size of a batch in memory. @param bytes the size of its file */
export function sizeOf({ series, metadata }: EncodedBatch, bytes: number): BatchSize {
  return { signals: series + metadata, bytes };
}

/** The size of a batch on disk, from the head of its file. */
export async function readBatchSize(files: FileSystem, path: string): Promise<BatchSize> {
  const { bytes, fileBytes } = await files.readHead(path, META_BYTES_MAX);
  return { signals: signalsIn(bytes), bytes: fileBytes };
}

/** The signals that a file's head counts. A damaged file counts as none, and is found again when it is sent. */
export function signalsIn(head: Uint8Array): number {
  const meta = peekMeta(head.subarray(0, META_BYTES_MAX));
  if (meta === undefined) return 0;
  try {
    return readMeta(meta).signals;
  } catch {
    return 0;
  }
}
