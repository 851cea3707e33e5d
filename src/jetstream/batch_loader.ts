import type {
  BatchId,
  EncodedBatch,
  Lease,
  LoadableBatch,
  StreamLog,
  StreamSeq,
} from "../contracts.ts";
import { WalqError } from "../errors.ts";
import type { BatchSize } from "../store/batch_size.ts";
import { FreshBatches } from "../store/fresh_batches.ts";
import type { Inventory } from "../store/inventory.ts";
import { decodeRecord } from "../store/record.ts";
import { storedBatch } from "../store/stored_batch.ts";
import { readMeta } from "../formats/meta.ts";
import { wholeOf } from "./messages.ts";
import { wordsIn } from "./words.ts";

/** Messages that hold the first parts of a batch, and its partition. */
export interface Pieces {
  readonly partition: number;
  readonly seqs: readonly StreamSeq[];
}

/** What a {@link BatchLoader} works with. */
interface BatchLoaderDependencies {
  readonly log: StreamLog;
  readonly inventory: () => Inventory;
  /** A batch that was given up: it cannot be read. */
  readonly setAside: (id: BatchId, signals: number, reason: string) => void;
}

/** Gets batches to be sent, from memory or from the stream, and gives up those that cannot be read. */
export class BatchLoader {
  readonly #of: BatchLoaderDependencies;
  #fresh = new FreshBatches();
  /** The messages that hold the first parts of batches that have no outcome. */
  readonly #pieces = new Map<BatchId, Pieces>();

  constructor(dependencies: BatchLoaderDependencies) {
    this.#of = dependencies;
  }

  /** Remembers a batch that was published a moment ago, if there is room. */
  keep(id: BatchId, batch: EncodedBatch, bytes: number): void {
    this.#fresh.put(id, batch, bytes);
  }

  /** The messages that go with a batch, as its head says. */
  knows(id: BatchId, pieces: Pieces): void {
    if (pieces.seqs.length > 0) this.#pieces.set(id, pieces);
  }

  /** The batch is not needed in memory any more. */
  forget(id: BatchId): void {
    this.#fresh.take(id);
    this.#pieces.delete(id);
  }

  clear(): void {
    this.#fresh = new FreshBatches();
    this.#pieces.clear();
  }

  /** What else is to go with a batch; asked once. */
  piecesOf(id: BatchId): Pieces | undefined {
    const pieces = this.#pieces.get(id);
    this.#pieces.delete(id);
    return pieces;
  }

  /**
   * Leases a batch that is in hand; undefined when it is given up.
   *
   * @throws {StreamError} It waits again, and is to be tried again.
   * @throws {WalqError} `UNSUPPORTED_RUNTIME`, and so is this one: another runtime can read it.
   */
  async lease(id: BatchId): Promise<Lease | undefined> {
    const inventory = this.#of.inventory();
    try {
      const lease = this.#fresh.lease(id, (size) => inventory.lease(id, size)) ??
        await this.#fromStream(id);
      if (lease === undefined) inventory.done(id);
      return lease;
    } catch (error) {
      inventory.putBack(id);
      throw error;
    }
  }

  /** What a batch in the stream holds; undefined of one that is not there. @throws {StreamError} */
  async sizeOf(id: BatchId): Promise<BatchSize | undefined> {
    const message = await this.#of.log.read(id);
    return message && wordsIn(message);
  }

  /** A whole batch to be looked at; undefined of one that is damaged or gone. @throws {StreamError} */
  async look(id: BatchId): Promise<LoadableBatch | undefined> {
    const { log } = this.#of;
    const message = await log.read(id);
    const bytes = message && await wholeOf(log, message);
    return bytes && storedBatch(bytes);
  }

  async #fromStream(id: BatchId): Promise<Lease | undefined> {
    const { log, inventory } = this.#of;
    const message = await log.read(id);
    if (message === undefined) return this.#giveUp(id, undefined, "somebody deleted it");
    // As its head was counted: see `JetStreamStore`.
    const { pieces: _pieces, ...size } = wordsIn(message);
    const bytes = await wholeOf(log, message);
    if (bytes === undefined) return this.#giveUp(id, size, "somebody deleted a part of it");
    try {
      const { meta, data } = decodeRecord(bytes);
      const known = readMeta(meta);
      inventory().lease(id, size);
      return { id, data, ...known };
    } catch (error) {
      if (!(error instanceof WalqError) || error.code === "UNSUPPORTED_RUNTIME") throw error;
      return this.#giveUp(id, size, error.message);
    }
  }

  #giveUp(id: BatchId, size: BatchSize | undefined, reason: string): undefined {
    this.#of.inventory().giveUp(id, size);
    this.#of.setAside(id, size?.signals ?? 0, reason);
  }
}
