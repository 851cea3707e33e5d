import type {
  AddOptions,
  AddResult,
  AgeJudge,
  BatchPart,
  BatchSink,
  BatchWriter,
  CancelTimer,
  Clock,
  Compression,
  EncodedBatch,
  Logger,
  RequestMessage,
  WriterRules,
} from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { messageOf, WalqError } from "../errors.ts";
import { TIMESTAMP_MS_MAX } from "../time_unit.ts";
import { FanOut } from "./fan_out.ts";
import { storageError, type Waiter, type WriteFailure, Writes } from "./writes.ts";

/** Bytes of all bodies that wait for room; beyond it a call is refused. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

/** A batch that takes so much memory is full, however few signals it has: labels may be long. */
const BATCH_HELD_BYTES_FULL = 16 * 1024 * 1024;

/** What a {@link Serializer} works with. */
interface SerializerDependencies {
  readonly writer: BatchWriter;
  readonly clock: Clock;
  /** Judges the age of what comes in. */
  readonly age: AgeJudge;
  readonly logger: Logger;
}

/** What users set. */
interface SerializerOptions {
  readonly writerRules: WriterRules;
  readonly ttlMs: number;
  readonly maxSignalsToBatch: number;
  readonly batchIntervalMs: number;
  readonly groupCommitIntervalMs: number;
  readonly uncompressedBytesMax: number;
  /** Of the stores, 1 to 256: a batch goes there in as many parts. @default 1 */
  readonly partitions?: number;
}

/** How a commit is to be treated. */
export interface CommitOptions {
  readonly message: RequestMessage;
  readonly compression: Compression;
  /** Wait until every endpoint's store has it. */
  readonly durable: boolean;
  /** Bytes that it may have uncompressed. @default what the options say of a sender's request */
  readonly uncompressedBytesMax?: number;
  /** While the call waits for room: who has given it up wants nothing of it to be added. */
  readonly signal?: AbortSignal;
}

/** Somebody who wants to see what comes in. */
interface BatchSample {
  readonly isFull: boolean;
  see(batch: EncodedBatch): void;
}

/** A request in the open batch. */
interface Added {
  readonly added: AddResult;
  /** Settles with the batch; only for durable commits. */
  readonly stored?: Promise<void>;
}

/** What waits for the open batch, beside its signals. */
interface OpenBatch {
  readonly waiters: Waiter[];
  /** Holds signals that were committed without waiting: they must not be given up. */
  hasVolatile: boolean;
  cancelTimer: CancelTimer | undefined;
  dueAtMs: number;
  /** Its timer has fired. A timer may fire a little before the clock says so, so this is what counts. */
  isDue: boolean;
}

/**
 * Gathers commits into batches and stores each batch once for all endpoints.
 * A batch is stored when it is full, when a durable commit has waited for
 * others to join (group commit), or when it is old. A commit is never split: it
 * is in one batch, so after a crash it is there whole or not at all.
 */
export class Serializer {
  readonly #dependencies: SerializerDependencies;
  readonly #writes: Writes;
  #options: SerializerOptions;
  #open: OpenBatch = emptyBatch();
  /** The calls that wait for room, in order. */
  readonly #line = new SerialExecutor();
  #waiting = 0;
  #waitingBytes = 0;
  #closed = false;
  /** Looks at the batches on their way. */
  #sample: BatchSample | undefined;

  constructor(
    dependencies: SerializerDependencies,
    options: SerializerOptions,
    stores: readonly BatchSink[],
  ) {
    this.#dependencies = dependencies;
    this.#options = options;
    const { clock, logger } = dependencies;
    const onRoom = (): void => this.#storeIfDue();
    const onRetained = (refusal: WalqError): void => this.#refuseOpenGroup(refusal);
    this.#writes = new Writes({ clock, logger, onRoom, onRetained }, stores);
  }

  /** Signals committed and in no file yet. */
  get bufferedSignals(): number {
    return this.#dependencies.writer.signals + this.#writes.signals;
  }

  /** Whose handles of label sets a request of the kind "scraped" may have at this moment. */
  get handlesOf(): number {
    return this.#dependencies.writer.handlesOf;
  }

  /** True from a refused write until one succeeds. */
  get isFailing(): boolean {
    return this.#writes.isFailing;
  }

  /** Since when, and why; undefined while none fails. */
  get failure(): WriteFailure | undefined {
    return this.#writes.failure;
  }

  /**
   * From the next batch on; the open one goes to the new stores, in their partitions. What is
   * kept since a store refused it goes there in the parts that it has. Resolves when nothing is
   * written any more to the stores of before.
   */
  async configure(options: SerializerOptions, stores: readonly BatchSink[]): Promise<void> {
    this.#options = options;
    this.#writes.configure(stores);
    this.#dependencies.writer.configure(options.writerRules);
    await this.#writes.settled;
  }

  /**
   * Adds one remote write request.
   *
   * @throws {WalqError} `INVALID_REQUEST` or `TOO_LARGE`: nothing of it is kept;
   * `STORAGE`: the disk refused; `OVERLOADED`: too many calls wait; `CLOSED`. The
   * signal's reason, if that aborted before it was added.
   */
  async write(body: Uint8Array, options: CommitOptions): Promise<AddResult> {
    const { added, stored } = this.#hasRoom()
      ? this.#add(body, options)
      : await this.#addInTurn(body, options);
    await stored;
    return added;
  }

  /**
   * The same at once for what does not wait to be durable; undefined when there is no room,
   * and nothing was added. The body is the caller's again when it returns.
   */
  writeNow(body: Uint8Array, options: CommitOptions & { readonly durable: false }):
    | AddResult
    | undefined {
    return this.#hasRoom() ? this.#add(body, options).added : undefined;
  }

  /** Shows the batches from now on to this one, until it is full; to nobody with undefined. */
  sampleInto(sample: BatchSample | undefined): void {
    this.#sample = sample;
  }

  /** Resolves when all that was committed before is durable. Rejects with `STORAGE` when the disk refuses. */
  async flush(): Promise<void> {
    try {
      // Another batch may be refused while this resumes: a call that joins behind it would wait for nothing.
      while (this.#writes.isRetaining) await this.#writes.storeRetained();
    } catch (error) {
      if (this.#writes.isOwing || this.#open.hasVolatile) throw error;
      // The senders of what is left were told that it is refused.
      return;
    }
    if (this.#dependencies.writer.signals > 0) {
      const stored = this.#joinGroup();
      this.#due(0);
      await stored;
    } else {
      await this.#writes.settled;
      if (this.#writes.isOwing) this.#writes.refuseIfRetaining();
    }
  }

  /** Stores what is open and refuses what comes after. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      // What failed while it was under way has had one attempt, and what is open may have had none.
      await this.flush().catch(() => this.flush());
    } finally {
      this.#open.cancelTimer?.();
      await this.#writes.close();
    }
  }

  #toKernel(body: Uint8Array, commit: CommitOptions): AddResult {
    try {
      return this.#dependencies.writer.addRequest(body, this.#addOptions(commit));
    } catch (error) {
      // A refusal leaves the open batch as it was; a kernel that failed has lost it.
      if (!(error instanceof WalqError)) this.#giveUp(this.#takeOpen().waiters, error);
      throw error;
    }
  }

  #addOptions(commit: CommitOptions): AddOptions {
    const { message, compression } = commit;
    const { ttlMs } = this.#options;
    const { uncompressedBytesMax = this.#options.uncompressedBytesMax } = commit;
    const cutoffMs = this.#dependencies.age.cutoffMs(ttlMs);
    const latestMs = TIMESTAMP_MS_MAX;
    return { message, compression, uncompressedBytesMax, cutoffMs, latestMs };
  }

  /** Adds to the open batch at once: nothing may happen between the check for room and this. */
  #add(body: Uint8Array, commit: CommitOptions): Added {
    this.#refuseIfClosed();
    const added = this.#toKernel(body, commit);
    if (added.accepted === 0) return { added };
    let stored: Promise<void> | undefined;
    if (commit.durable) stored = this.#joinGroup();
    else {
      this.#open.hasVolatile = true;
      this.#due(this.#options.batchIntervalMs);
    }
    this.#storeIfFull();
    return stored === undefined ? { added } : { added, stored };
  }

  /** A call that comes while others wait goes behind them: else its samples would overtake theirs. */
  #hasRoom(): boolean {
    return this.#waiting === 0 && !this.#writes.isRetaining && !this.#isFull();
  }

  /** Adds when there is room, first come first served. */
  async #addInTurn(body: Uint8Array, options: CommitOptions): Promise<Added> {
    this.#refuseIfClosed();
    if (this.#waitingBytes > 0 && this.#waitingBytes + body.length > WAITING_BYTES_MAX) {
      throw new WalqError(
        "OVERLOADED",
        `Cannot commit: ${this.#waitingBytes} bytes of other commits wait for the disk`,
      );
    }
    this.#waiting++;
    this.#waitingBytes += body.length;
    const { refusals } = this.#writes;
    return await this.#line.run(async () => {
      try {
        // Nothing is awaited between the check and the add.
        for (;;) {
          options.signal?.throwIfAborted();
          if (!this.#writes.isRetaining && !this.#isFull()) return this.#add(body, options);
          await this.#waitForRoom(refusals);
        }
      } finally {
        this.#waiting--;
        this.#waitingBytes -= body.length;
      }
    });
  }

  /** Something has changed when it resolves; the caller had seen so many refusals. */
  async #waitForRoom(refusals: number): Promise<void> {
    const writes = this.#writes;
    this.#refuseIfClosed();
    if (writes.isRetaining) {
      // The disk has answered since the caller came: it need not be asked for each one.
      if (writes.refusals > refusals) writes.refuseIfRetaining();
      // Before anything is added: a sender that is refused sends the same again.
      await writes.storeRetained();
    } else {
      this.#storeIfFull();
      await writes.oneSettled;
    }
  }

  #isFull(): boolean {
    const { signals, heldBytes } = this.#dependencies.writer;
    return signals >= this.#options.maxSignalsToBatch || heldBytes >= BATCH_HELD_BYTES_FULL;
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new WalqError("CLOSED", "Cannot commit: the queue is closed");
  }

  #joinGroup(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#open.waiters.push({ resolve, reject });
      this.#due(this.#options.groupCommitIntervalMs);
    });
  }

  /** Sees to it that the open batch is stored within `delayMs`. */
  #due(delayMs: number): void {
    const { clock } = this.#dependencies;
    const dueAtMs = clock.monotonicMs() + delayMs;
    if (this.#open.isDue || this.#open.dueAtMs <= dueAtMs) return;
    this.#open.cancelTimer?.();
    this.#open.dueAtMs = dueAtMs;
    const open = this.#open;
    open.cancelTimer = clock.after(delayMs, () => {
      open.isDue = true;
      if (open === this.#open) this.#store();
    });
  }

  #storeIfFull(): void {
    if (this.#isFull()) this.#store();
  }

  /** When there is no room for another write, it follows as soon as there is. */
  #store(): void {
    if (this.#dependencies.writer.signals === 0 || !this.#writes.hasRoom) return;
    const { waiters, hasVolatile } = this.#takeOpen();
    const { signals } = this.#dependencies.writer;
    const parts = this.#encode(waiters);
    if (parts === undefined) return;
    const bytes = parts.reduce((sum, { batch }) => sum + batch.data.length, 0);
    this.#writes.begin({ fanOut: new FanOut(parts), signals, bytes, waiters, hasVolatile });
    this.#show(parts);
  }

  /** Whatever becomes of it: what is stored does not depend on who looks on. */
  #show(parts: readonly BatchPart[]): void {
    const sample = this.#sample;
    if (sample === undefined) return;
    try {
      for (const { batch } of parts) if (!sample.isFull) sample.see(batch);
    } catch (error) {
      this.#sample = undefined;
      this.#dependencies.logger.error("cannot look at a batch", { error: messageOf(error) });
    }
    if (sample.isFull) this.#sample = undefined;
  }

  #takeOpen(): OpenBatch {
    const open = this.#open;
    this.#open = emptyBatch();
    open.cancelTimer?.();
    return open;
  }

  /** The batch is lost with the kernel's instance: those that wait for it are told. */
  #giveUp(waiters: readonly Waiter[], error: unknown): void {
    this.#dependencies.logger.error("the kernel lost the open batch", { error: messageOf(error) });
    const refusal = storageError(messageOf(error), error);
    for (const waiter of waiters) waiter.reject(refusal);
  }

  /** Undefined when the kernel failed. */
  #encode(waiters: readonly Waiter[]): readonly BatchPart[] | undefined {
    try {
      return this.#dependencies.writer.encodeParts(this.#options.partitions ?? 1);
    } catch (error) {
      this.#giveUp(waiters, error);
      return undefined;
    }
  }

  #storeIfDue(): void {
    if (this.#open.isDue || this.#isFull()) this.#store();
  }

  #refuseOpenGroup(refusal: WalqError): void {
    for (const waiter of this.#open.waiters.splice(0)) waiter.reject(refusal);
  }
}

function emptyBatch(): OpenBatch {
  return {
    waiters: [],
    hasVolatile: false,
    cancelTimer: undefined,
    dueAtMs: Infinity,
    isDue: false,
  };
}
