import type {
  BatchView,
  BatchViewer,
  DecompressZstd,
  FileSystem,
  Kernel,
  LoadableBatch,
} from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import { decodeRecord } from "../store/record.ts";
import type { BatchMeta, Meta } from "../formats/batch_meta.ts";
import { readMeta } from "../formats/meta.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";

/** No batch that can be read takes more. */
const FILE_BYTES_MAX = 2 * BATCH_BYTES_MAX;
/** The memory of a larger file is not kept for the next one. */
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;

/** A batch that was read from its file, whole. */
export interface BatchFile {
  /** All that its head says. */
  readonly meta: Meta;
  /** The part of it that every format has. */
  readonly known: BatchMeta;
  readonly batch: LoadableBatch;
  /** Of the file. */
  readonly bytes: number;
}

/** What is in the file: good until the next one is read. */
export interface ViewedFile extends BatchFile {
  readonly view: BatchView;
  readonly signals: number;
  /** Of the data without its compression. */
  readonly uncompressedBytes: number;
}

/** Reads batches one after the other, of all formats, with memory for one of them. */
export class BatchFileReader {
  readonly #files: FileSystem;
  readonly #viewer: BatchViewer;
  readonly #hasZstd: boolean;
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(
    of: {
      readonly files: FileSystem;
      readonly kernel: Kernel;
      readonly decompressZstd: DecompressZstd | undefined;
    },
  ) {
    const { files, kernel, decompressZstd } = of;
    this.#files = files;
    this.#hasZstd = decompressZstd !== undefined;
    this.#viewer = kernel.createViewer({ uncompressedBytesMax: BATCH_BYTES_MAX, decompressZstd });
  }

  /** The bytes of a file; good until the next call. */
  async bytesOf(path: string): Promise<Uint8Array> {
    const bytes = await this.#files.readWhole(path, FILE_BYTES_MAX, this.#buffer);
    if (bytes.length > this.#buffer.length && bytes.length <= BUFFER_BYTES_MAX) {
      this.#buffer = bytes;
    }
    return bytes;
  }

  /**
   * Reads a file and checks all of it: its record, its checksum, its data and its counts.
   *
   * @throws {WalqError} `CORRUPT`, `UNSUPPORTED_FORMAT`; `UNSUPPORTED_RUNTIME` where it needs zstd and there is none.
   * @throws {FileSystemError}
   */
  async view(path: string): Promise<ViewedFile> {
    return this.viewBytes(await this.bytesOf(path), path);
  }

  /** The same of bytes that somebody has read. `path` is for messages. */
  viewBytes(bytes: Uint8Array, path: string): ViewedFile {
    const file = decodeBatchFile(bytes);
    if (file.batch.compression === "zstd" && !this.#hasZstd) {
      throw new WalqError(
        "UNSUPPORTED_RUNTIME",
        `Cannot read ${path}: it is compressed by zstd, which this runtime does not have; ` +
          "run walq on Node 22.15 or later, Deno or Bun",
      );
    }
    const { loaded, view } = this.#viewer.view(file.batch);
    checkCount(file.known, loaded.counted);
    const { signals, uncompressedBytes } = loaded;
    return { ...file, view, signals, uncompressedBytes };
  }
}

/**
 * What a file's bytes are, without its data.
 *
 * @throws {WalqError} `CORRUPT`, `UNSUPPORTED_FORMAT`
 */
export function decodeBatchFile(bytes: Uint8Array): BatchFile {
  const { meta, data } = decodeRecord(bytes);
  const known = readMeta(meta);
  const { format, compression, checksum } = known;
  return { meta, known, batch: { format, compression, checksum, data }, bytes: bytes.length };
}

function checkCount({ signals }: BatchMeta, counted: number): void {
  if (signals === counted) return;
  throw new WalqError(
    "CORRUPT",
    `Cannot read batch: got ${counted} signals in its data, wanted the ${signals} that its head counts`,
  );
}

/** Whether an error is about the file that was read, so that the next one may be fine. */
export function isFaultOfFile(error: unknown): error is WalqError | FileSystemError {
  if (error instanceof WalqError) return error.code !== "UNSUPPORTED_RUNTIME";
  return error instanceof FileSystemError && ["io", "too_large"].includes(error.code);
}
