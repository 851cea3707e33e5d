import type { FileSystem } from "../contracts.ts";
import { type BatchHead, type BatchSize, headIn, META_BYTES_MAX } from "../store/batch_size.ts";

/** The size of a batch on disk, from the head of its file. */
export async function readBatchSize(files: FileSystem, path: string): Promise<BatchSize> {
  return await readBatchHead(files, path);
}

/** The same, and from when it is. */
export async function readBatchHead(files: FileSystem, path: string): Promise<BatchHead> {
  const { bytes, fileBytes } = await files.readHead(path, META_BYTES_MAX);
  return headIn(bytes, fileBytes);
}
