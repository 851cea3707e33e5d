import type { EncodedBatch, FileSystem } from "../contracts.ts";
import { readMeta } from "../formats/meta.ts";
import { peekMeta } from "./record.ts";

/** Enough for Meta of any known version. */
export const META_BYTES_MAX = 1024;

/** What a batch is known to hold. */
export interface BatchSize {
  readonly signals: number;
  readonly bytes: number;
}

/** What a batch holds that is in memory. @param bytes of its file */
export function sizeOf({ series, metadata }: EncodedBatch, bytes: number): BatchSize {
  return { signals: series + metadata, bytes };
}

/** What a file holds, from its head. */
export async function readBatchSize(files: FileSystem, path: string): Promise<BatchSize> {
  const { bytes, fileBytes } = await files.readHead(path, META_BYTES_MAX);
  return { signals: signalsIn(bytes), bytes: fileBytes };
}

/** Signals of a file, by its head; a damaged one counts as none and is met again when it is sent. */
export function signalsIn(head: Uint8Array): number {
  const meta = peekMeta(head.subarray(0, META_BYTES_MAX));
  if (meta === undefined) return 0;
  try {
    return readMeta(meta).signals;
  } catch {
    return 0;
  }
}
