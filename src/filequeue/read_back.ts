import type { BatchId } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import { readBatchHead, readBatchSize } from "./batch_head.ts";
import type { BatchHead, BatchSize } from "../store/batch_size.ts";
import { isGone } from "./not_found.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";

/** No batch that can be read takes more, whatever its compression. */
export const FILE_BYTES_MAX: number = 2 * BATCH_BYTES_MAX;
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;
/** With the endpoint's backoff this is some minutes. */
export const READ_ATTEMPTS_MAX = 10;
/** How long a batch that is to be dropped or rewritten may be unreadable. */
export const UNREADABLE_MS_MAX = 150_000;
/** Errors that can be a fault of the file. All others are the host's, and wait for it to recover. */
export const FAULTS_OF_FILE: ReadonlySet<string> = new Set(["io", "not_permitted"]);

/**
 * Reads batches from their files, and tells a fault of the file, without which the
 * rest goes on, from one of the host, which is waited for.
 */
export class ReadBack {
  readonly #dependencies: DirectoryDependencies;
  /** Files are read into this, one after the other. */
  #buffer: Uint8Array = new Uint8Array(0);
  /** How often in a row the batch whose turn it is could not be read. */
  #failures = { id: 0, times: 0 };
  /** The batch that is to be dropped and cannot be read, and since when. */
  #undroppable: { readonly id: BatchId; readonly sinceMs: number } | undefined;

  constructor(dependencies: DirectoryDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * A whole file, good until the next one is read; or why it is given up.
   *
   * @throws {FileSystemError} It is to be tried again.
   */
  async whole(id: BatchId): Promise<Uint8Array | FileSystemError> {
    const { files, directory } = this.#dependencies;
    try {
      const bytes = await files.readWhole(directory.pathOf(id), FILE_BYTES_MAX, this.#buffer);
      this.#failures = { id, times: 0 };
      // The buffer of a very large file is not kept.
      if (bytes.length > this.#buffer.length && bytes.length <= BUFFER_BYTES_MAX) {
        this.#buffer = bytes;
      }
      return bytes;
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      if (await this.#isGivenUp(id, error)) return error;
      throw error;
    }
  }

  /** The size of a batch, from the head of its file. */
  size(id: BatchId): Promise<BatchSize> {
    return readBatchSize(this.#dependencies.files, this.#dependencies.directory.pathOf(id));
  }

  /** The same, and from when it is. */
  head(id: BatchId): Promise<BatchHead> {
    return readBatchHead(this.#dependencies.files, this.#dependencies.directory.pathOf(id));
  }

  /**
   * What a batch holds that is to be dropped, or why it is given up. What cannot be
   * told now is not dropped: it would not count, and so make no room, and the next
   * one would go too.
   *
   * @throws {FileSystemError} It is to be tried again.
   */
  async sizeToDrop(id: BatchId): Promise<BatchSize | FileSystemError> {
    try {
      const size = await this.size(id);
      this.#undroppable = undefined;
      return size;
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      if (await isGone(error, this.#dependencies.isOwner)) return error;
      if (!FAULTS_OF_FILE.has(error.code)) throw error;
      const nowMs = this.#dependencies.clock.monotonicMs();
      if (this.#undroppable?.id !== id) this.#undroppable = { id, sinceMs: nowMs };
      if (nowMs - this.#undroppable.sinceMs < UNREADABLE_MS_MAX) throw error;
      return error;
    }
  }

  /** A disk may fail for a moment, and a file may be lost: after some attempts the rest goes on. */
  async #isGivenUp(id: BatchId, { code }: FileSystemError): Promise<boolean> {
    if (code === "too_large") return true;
    // Otherwise the disk is gone, and may come back.
    if (code === "not_found") return await this.#dependencies.isOwner();
    if (!FAULTS_OF_FILE.has(code)) return false;
    // After an endpoint's restart it is another batch's turn.
    if (this.#failures.id !== id) this.#failures = { id, times: 0 };
    return ++this.#failures.times >= READ_ATTEMPTS_MAX;
  }
}
