import type { BatchId, FileSystem } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import type { QueueDirectory } from "./directory.ts";
import { META_BYTES_MAX } from "../store/batch_size.ts";
import { peekMeta } from "../store/record.ts";

/**
 * For a runtime that has no zstd: looks for a file of Alloy under it among those that
 * wait, the oldest first. What Alloy left is older than all that walq has written
 * beside it, so the search ends with the first file that is walq's own. One that it
 * does not come to, or cannot read now, is refused when its turn comes.
 *
 * @throws {WalqError} `UNSUPPORTED_RUNTIME`
 */
export async function refuseZstdFiles(
  files: FileSystem,
  directory: QueueDirectory,
  ids: Iterable<BatchId>,
): Promise<void> {
  for (const id of ids) {
    const path = directory.pathOf(id);
    const meta = await metaAt(files, path);
    if (meta === undefined) continue;
    // Alloy leaves no checksum.
    if (meta["checksum"] !== undefined) return;
    refuseZstd(path, meta["compression"]);
  }
}

/**
 * The file is whole and another runtime reads it: it stays where it is.
 *
 * @throws {WalqError} `UNSUPPORTED_RUNTIME`
 */
export function refuseZstd(path: string, compression: string | undefined): void {
  if (compression !== "zstd") return;
  throw new WalqError(
    "UNSUPPORTED_RUNTIME",
    `Cannot read ${path}: it is compressed by zstd, which this runtime does not have, and ` +
      "stays where it is; run walq on Node 22.15 or later, Deno or Bun",
  );
}

/** Undefined when it cannot be told. */
async function metaAt(
  files: FileSystem,
  path: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return peekMeta((await files.readHead(path, META_BYTES_MAX)).bytes);
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    return undefined;
  }
}
