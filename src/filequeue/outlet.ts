import type { BatchId, EncodedBatch, EndpointEvents, Lease } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import { readMeta } from "../formats/meta.ts";
import { FreshBatches } from "./fresh_batches.ts";
import { type Held, heldIn, signalsIn } from "./held.ts";
import type { Inventory } from "./inventory.ts";
import { Quarantine } from "./quarantine.ts";
import { ReadBack } from "./read_back.ts";
import { decodeRecord } from "./record.ts";
import type { SyncLater } from "./sync_later.ts";
import type { DirectoryTools } from "./tools.ts";
import { refuseZstd } from "./zstd_files.ts";

/** What an {@link Outlet} works with. */
interface OutletTools extends DirectoryTools {
  readonly inventory: Inventory;
  readonly syncLater: SyncLater;
  readonly events: EndpointEvents;
  /** See {@link SyncLater.addFound}. */
  readonly syncFound: (id: BatchId) => void;
  /** See {@link FileQueueOptions.hasZstd}. */
  readonly hasZstd: boolean;
}

/** How batches come out of a queue: from memory or from their files, and what comes of those that cannot be read. */
export class Outlet {
  readonly #tools: OutletTools;
  readonly #fresh = new FreshBatches();
  readonly #readBack: ReadBack;
  readonly #quarantine: Quarantine;

  constructor(tools: OutletTools) {
    this.#tools = tools;
    this.#readBack = new ReadBack(tools);
    this.#quarantine = new Quarantine(tools.directory, tools.events, tools.logger);
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
  async lease(id: BatchId): Promise<Lease | undefined> {
    const { inventory } = this.#tools;
    try {
      const lease = this.#fromMemory(id) ?? await this.#fromFile(id);
      if (lease === undefined) inventory.done(id);
      return lease;
    } catch (error) {
      inventory.putBack(id);
      throw error;
    }
  }

  /** What a file holds, by its head. */
  head(id: BatchId): Promise<Held> {
    return this.#readBack.held(id);
  }

  /**
   * What a waiting batch holds that is to be dropped, or why it is given up.
   *
   * @throws {FileSystemError} It is to be tried again.
   */
  async heldToDrop(id: BatchId): Promise<Held | FileSystemError> {
    const fresh = this.#fresh.take(id);
    if (fresh !== undefined) return heldIn(fresh.batch, fresh.recordBytes);
    return await this.#readBack.heldToDrop(id);
  }

  /** Goes on without a file that is in hand and cannot be read. */
  async giveUp(id: BatchId, error: FileSystemError): Promise<void> {
    this.#tools.inventory.giveUp(id);
    this.#tools.syncLater.forget(id);
    await this.#quarantine.takeUnread(id, error);
  }

  /** Sets a leased batch aside. */
  async quarantine(id: BatchId, reason: string): Promise<void> {
    const { signals } = this.#tools.inventory.remove(id);
    this.#tools.syncLater.forget(id);
    await this.#quarantine.take(id, signals, reason);
  }

  #fromMemory(id: BatchId): Lease | undefined {
    const fresh = this.#fresh.take(id);
    if (fresh === undefined) return undefined;
    const held = heldIn(fresh.batch, fresh.recordBytes);
    this.#tools.inventory.lease(id, held);
    return { id, signals: held.signals, ...fresh.batch };
  }

  async #fromFile(id: BatchId): Promise<Lease | undefined> {
    const bytes = await this.#readBack.whole(id);
    if (bytes instanceof FileSystemError) {
      await this.giveUp(id, bytes);
      return undefined;
    }
    const { inventory, syncFound, hasZstd, directory } = this.#tools;
    try {
      const { meta, data } = decodeRecord(bytes);
      const known = readMeta(meta);
      if (!hasZstd) refuseZstd(directory.pathOf(id), known.compression);
      if (!inventory.isCounted(id)) syncFound(id);
      inventory.lease(id, { signals: known.signals, bytes: bytes.length });
      return { id, data, ...known };
    } catch (error) {
      if (!(error instanceof WalqError) || error.code === "UNSUPPORTED_RUNTIME") throw error;
      await this.#setAside(id, bytes, error.message);
      return undefined;
    }
  }

  async #setAside(id: BatchId, bytes: Uint8Array, reason: string): Promise<void> {
    const signals = signalsIn(bytes);
    this.#tools.inventory.giveUp(id, { signals, bytes: bytes.length });
    this.#tools.syncLater.forget(id);
    await this.#quarantine.take(id, signals, reason);
  }
}
