import type { BatchId, EncodedBatch, EndpointEvents, Lease, LoadableBatch } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import { readMeta } from "../formats/meta.ts";
import { FreshBatches } from "../store/fresh_batches.ts";
import { type BatchHead, type BatchSize, headIn, sizeOf } from "../store/batch_size.ts";
import type { Inventory } from "../store/inventory.ts";
import { Quarantine } from "./quarantine.ts";
import { FILE_BYTES_MAX, ReadBack } from "./read_back.ts";
import { decodeRecord } from "../store/record.ts";
import { storedBatch } from "../store/stored_batch.ts";
import type { SyncLater } from "./sync_later.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";
import { refuseZstd } from "./zstd_files.ts";

/** What a {@link BatchLoader} works with. */
interface BatchLoaderDependencies extends DirectoryDependencies {
  readonly inventory: Inventory;
  readonly syncLater: SyncLater;
  readonly events: EndpointEvents;
  /** See {@link FileQueueOptions.onQuarantined}. */
  readonly onQuarantined: (id: BatchId) => void;
  /** See {@link SyncLater.addFound}. */
  readonly syncFound: (id: BatchId) => void;
  /** See {@link FileQueueOptions.hasZstd}. */
  readonly hasZstd: boolean;
}

/** Loads batches to be sent, from memory or from their files, and sets aside those that cannot be read. */
export class BatchLoader {
  readonly #dependencies: BatchLoaderDependencies;
  readonly #fresh = new FreshBatches();
  readonly #readBack: ReadBack;
  readonly #quarantine: Quarantine;

  constructor(dependencies: BatchLoaderDependencies) {
    this.#dependencies = dependencies;
    this.#readBack = new ReadBack(dependencies);
    this.#quarantine = new Quarantine(dependencies);
  }

  /** For one who reads beside another: what is read is good until it reads the next. */
  readBack(): ReadBack {
    return new ReadBack(this.#dependencies);
  }

  /** Remembers a batch that was stored, if there is room. */
  keep(id: BatchId, batch: EncodedBatch, bytes: number): void {
    this.#fresh.put(id, batch, bytes);
  }

  /**
   * Leases a batch that is in hand; undefined when it is given up. One that cannot be
   * read now waits again.
   *
   * @throws {FileSystemError} It is to be tried again.
   * @throws {WalqError} `UNSUPPORTED_RUNTIME`, and so is this one: another runtime can read it.
   */
  async lease(id: BatchId, readBack: ReadBack = this.#readBack): Promise<Lease | undefined> {
    const { inventory } = this.#dependencies;
    try {
      const lease = this.#fresh.lease(id, (size) => inventory.lease(id, size)) ??
        await this.#fromFile(id, readBack);
      if (lease === undefined) inventory.done(id);
      return lease;
    } catch (error) {
      inventory.putBack(id);
      throw error;
    }
  }

  /** The size of a batch, from the head of its file. */
  head(id: BatchId): Promise<BatchSize> {
    return this.#readBack.size(id);
  }

  /**
   * The size of a waiting batch that is to be dropped, or why it is given up.
   *
   * @throws {FileSystemError} It is to be tried again.
   */
  async sizeToDrop(id: BatchId): Promise<BatchSize | FileSystemError> {
    const fresh = this.#fresh.take(id);
    if (fresh !== undefined) return sizeOf(fresh.batch, fresh.recordBytes);
    return await this.#readBack.sizeToDrop(id);
  }

  /** What the head of a batch's file says. @throws {FileSystemError} */
  headOf(id: BatchId): Promise<BatchHead> {
    return this.#readBack.head(id);
  }

  /** A whole batch to be looked at; undefined of a file that is damaged. @throws {FileSystemError} */
  async look(id: BatchId): Promise<LoadableBatch | undefined> {
    const { files, directory } = this.#dependencies;
    const bytes = await files.readWhole(directory.pathOf(id), FILE_BYTES_MAX);
    return storedBatch(bytes);
  }

  /** The batch is not needed in memory any more. */
  forget(id: BatchId): void {
    this.#fresh.take(id);
  }

  /** Gives up a file that is in hand and cannot be read. */
  async giveUp(id: BatchId, error: FileSystemError): Promise<void> {
    this.#dependencies.inventory.giveUp(id);
    this.#dependencies.syncLater.forget(id);
    await this.#quarantine.takeUnread(id, error);
  }

  /** Sets a leased batch aside. */
  async quarantine(id: BatchId, reason: string): Promise<void> {
    const { signals } = this.#dependencies.inventory.remove(id);
    this.#dependencies.syncLater.forget(id);
    await this.#quarantine.take(id, signals, reason);
  }

  async #fromFile(id: BatchId, readBack: ReadBack): Promise<Lease | undefined> {
    const bytes = await readBack.whole(id);
    if (bytes instanceof FileSystemError) {
      await this.giveUp(id, bytes);
      return undefined;
    }
    const { inventory, syncFound, hasZstd, directory } = this.#dependencies;
    try {
      const { meta, data } = decodeRecord(bytes);
      const known = readMeta(meta);
      if (!hasZstd) refuseZstd(directory.pathOf(id), known.compression);
      if (!inventory.isCounted(id)) syncFound(id);
      const { signals, times } = known;
      inventory.lease(id, { signals, bytes: bytes.length, times });
      return { id, data, ...known };
    } catch (error) {
      if (!(error instanceof WalqError) || error.code === "UNSUPPORTED_RUNTIME") throw error;
      await this.#setAside(id, bytes, error.message);
      return undefined;
    }
  }

  async #setAside(id: BatchId, bytes: Uint8Array, reason: string): Promise<void> {
    const size = headIn(bytes, bytes.length);
    this.#dependencies.inventory.giveUp(id, size);
    this.#dependencies.syncLater.forget(id);
    await this.#quarantine.take(id, size.signals, reason);
  }
}
