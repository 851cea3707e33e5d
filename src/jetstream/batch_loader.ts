import type {
  BatchId,
  Clock,
  EncodedBatch,
  Lease,
  LoadableBatch,
  StreamHead,
  StreamLog,
  StreamMessage,
  StreamSeq,
} from "../contracts.ts";
import { StreamError, WalqError } from "../errors.ts";
import type { BatchSize } from "../store/batch_size.ts";
import { FreshBatches } from "../store/fresh_batches.ts";
import type { Inventory } from "../store/inventory.ts";
import { decodeRecord } from "../store/record.ts";
import { storedBatch } from "../store/stored_batch.ts";
import { readMeta } from "../formats/meta.ts";
import { MessageSizes } from "./message_sizes.ts";
import { wholeOf } from "./messages.ts";
import { ReadAhead } from "./read_ahead.ts";
import { wordsIn } from "./words.ts";

/** Messages that hold the first parts of a batch, and its partition. */
export interface Pieces {
  readonly partition: number;
  readonly seqs: readonly StreamSeq[];
}

/** Gets a message; undefined when it is not there any more. @throws {StreamError} */
type ReadMessage = (id: BatchId) => Promise<StreamMessage | undefined>;

/** What a {@link BatchLoader} works with. */
interface BatchLoaderDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly inventory: () => Inventory;
  /**
   * Whether what is given is this process's still, by what the servers say at this moment.
   * @throws {StreamError}
   */
  readonly isStillOwn: () => Promise<boolean>;
  /**
   * Refuses what is given or read while numbers may mean something else than what was met.
   * @throws {StreamError}
   */
  readonly refuseOther: (message?: StreamMessage) => void;
  /** A batch that was given up: it cannot be read. */
  readonly setAside: (id: BatchId, signals: number, reason: string) => void;
}

/** Gets batches to be sent, from memory or from the stream, and gives up those that cannot be read. */
export class BatchLoader {
  readonly #of: BatchLoaderDependencies;
  #fresh = new FreshBatches();
  /** The messages that hold the first parts of batches that have no outcome. */
  readonly #pieces = new Map<BatchId, Pieces>();
  #sizes = new MessageSizes();

  constructor(dependencies: BatchLoaderDependencies) {
    this.#of = dependencies;
  }

  /** Remembers a batch that was published a moment ago, if there is room. */
  keep(id: BatchId, batch: EncodedBatch, bytes: number): void {
    this.#fresh.put(id, batch, bytes);
  }

  /** A batch that is to be given. @param pieces the messages that go with it, as its head says */
  knows({ seq, bytes }: StreamHead, pieces: Pieces): void {
    this.#sizes.met(seq, bytes);
    if (pieces.seqs.length > 0) this.#pieces.set(seq, pieces);
  }

  /** For a lane that begins now. */
  readAhead(): ReadAhead {
    const { log, clock } = this.#of;
    return new ReadAhead({
      log,
      clock,
      largestFrom: (id) => this.#sizes.largestFrom(id),
      isHere: (id) => this.#fresh.has(id),
    });
  }

  /** The batch is not needed in memory any more. */
  forget(id: BatchId): void {
    this.#fresh.take(id);
    this.#pieces.delete(id);
  }

  clear(): void {
    this.#fresh = new FreshBatches();
    this.#pieces.clear();
    this.#sizes = new MessageSizes();
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
   * @param read gets its message, in its lane
   * @throws {StreamError} It waits again, and is to be tried again.
   * @throws {WalqError} `UNSUPPORTED_RUNTIME`, and so is this one: another runtime can read it.
   */
  async lease(id: BatchId, read: ReadMessage): Promise<Lease | undefined> {
    const inventory = this.#of.inventory();
    try {
      this.#of.refuseOther();
      const lease = this.#fresh.lease(id, (size) => inventory.lease(id, size)) ??
        await this.#fromStream(id, read);
      if (lease === undefined) inventory.done(id);
      return lease;
    } catch (error) {
      inventory.putBack(id);
      throw error;
    }
  }

  /** What a batch in the stream holds; undefined of one that somebody deleted. @throws {StreamError} */
  async sizeOf(id: BatchId): Promise<BatchSize | undefined> {
    const message = await this.#of.log.read(id);
    if (message === undefined) await this.#refuseIfLost();
    this.#of.refuseOther(message);
    return message && wordsIn(message);
  }

  /** A whole batch to be looked at; undefined of one that is damaged or gone. @throws {StreamError} */
  async look(id: BatchId): Promise<LoadableBatch | undefined> {
    const { log } = this.#of;
    const message = await log.read(id);
    const bytes = message && await wholeOf(log, message);
    return bytes && storedBatch(bytes);
  }

  async #fromStream(id: BatchId, read: ReadMessage): Promise<Lease | undefined> {
    const { log, inventory } = this.#of;
    const message = await read(id);
    this.#of.refuseOther(message);
    if (message === undefined) return await this.#gone(id, undefined, "somebody deleted it");
    // As its head was counted: see `JetStreamStore`.
    const { pieces: _pieces, ...size } = wordsIn(message);
    const bytes = await wholeOf(log, message);
    if (bytes === undefined) return await this.#gone(id, size, "somebody deleted a part of it");
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

  /** What is gone is no damage where another process has the partition: it deletes what it has sent. */
  async #refuseIfLost(): Promise<void> {
    if (await this.#of.isStillOwn()) return;
    throw new StreamError("unavailable", "a lease is over: what waits may be another process's");
  }

  async #gone(id: BatchId, size: BatchSize | undefined, reason: string): Promise<undefined> {
    await this.#refuseIfLost();
    return this.#giveUp(id, size, reason);
  }

  #giveUp(id: BatchId, size: BatchSize | undefined, reason: string): undefined {
    this.#of.inventory().giveUp(id, size);
    this.#of.setAside(id, size?.signals ?? 0, reason);
  }
}
