import { FileSystemError, StreamError, WalqError } from "../errors.ts";

/** What the disk, or the stream, refuses, as callers of a queue are told it. */
export async function onDisk<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileSystemError || error instanceof StreamError)) throw error;
    throw new WalqError("STORAGE", `Cannot ${what}: ${error.message}`, { cause: error });
  }
}
