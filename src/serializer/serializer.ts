import type {
  AddOptions,
  AddResult,
  BatchStore,
  BatchWriter,
  CancelTimer,
  Clock,
  Compression,
  Logger,
  RequestMessage,
  WriterRules,
} from "../contracts.ts";
import { messageOf, WalqError } from "../errors.ts";
import { backoffMs } from "../actor/backoff.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { FanOut } from "./fan_out.ts";

/** Bodies of calls that wait for room, together; one more is turned away. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 30_000;

/** What a {@link Serializer} works with. */
export interface SerializerTools {
  readonly writer: BatchWriter;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What users set. */
export interface SerializerOptions {
  readonly writerRules: WriterRules;
  readonly ttlMs: number;
  readonly maxSignalsToBatch: number;
  readonly batchIntervalMs: number;
  readonly groupCommitIntervalMs: number;
  readonly uncompressedBytesMax: number;
}

/** How a commit is to be treated. */
export interface CommitOptions {
  readonly message: RequestMessage;
  readonly compression: Compression;
  /** Wait until every endpoint's store has it. */
  readonly durable: boolean;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: WalqError) => void;
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
  /** Its timer has fired. A timer may fire a little before the clock says so: this is what counts. */
  isDue: boolean;
}

/**
 * Gathers commits into batches and stores each batch once for all endpoints.
 * A batch is stored when it is full, when a durable commit has waited for
 * others to join (group commit), or when it is old. A commit is never split: it
 * is in one batch, so after a crash it is there whole or not at all.
 */
export class Serializer {
  readonly #tools: SerializerTools;
  readonly #refusalLog: LogLimiter;
  #options: SerializerOptions;
  #stores: readonly BatchStore[];
  #open: OpenBatch = emptyBatch();
  /** The one write under way. */
  #storing: Promise<void> | undefined;
  /** Committed without waiting, refused by the disk, tried again before anything newer. */
  #retained: FanOut | undefined;
  #retainedSignals = 0;
  #storingSignals = 0;
  #failures = 0;
  #cancelRetry: CancelTimer | undefined;
  /** Refused writes so far. */
  #refusals = 0;
  /** The last of the calls that wait for room. */
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #waitingBytes = 0;
  #closed = false;

  constructor(tools: SerializerTools, options: SerializerOptions, stores: readonly BatchStore[]) {
    this.#tools = tools;
    this.#refusalLog = new LogLimiter(tools.clock);
    this.#options = options;
    this.#stores = stores;
  }

  /** Signals committed and in no file yet. */
  get bufferedSignals(): number {
    return this.#tools.writer.signals + this.#storingSignals + this.#retainedSignals;
  }

  /** True from a refused write until one succeeds. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** From the next batch on. Resolves when nothing is written any more to the stores of before. */
  async configure(options: SerializerOptions, stores: readonly BatchStore[]): Promise<void> {
    this.#options = options;
    this.#stores = stores;
    this.#tools.writer.configure(options.writerRules);
    await this.#storing;
  }

  /**
   * Adds one remote write request.
   *
   * @throws {WalqError} `INVALID_REQUEST` or `TOO_LARGE`: nothing of it is kept;
   * `STORAGE`: the disk refused; `OVERLOADED`: too many calls wait; `CLOSED`.
   */
  async write(body: Uint8Array, options: CommitOptions): Promise<AddResult> {
    const { added, stored } = this.#hasRoom()
      ? this.#add(body, options)
      : await this.#addInTurn(body, options);
    await stored;
    return added;
  }

  /** Resolves when all that was committed before is durable. Rejects with `STORAGE` when the disk refuses. */
  async flush(): Promise<void> {
    await this.#storeRetained();
    if (this.#tools.writer.signals > 0) {
      const stored = this.#joinGroup();
      this.#due(0);
      await stored;
    } else if (this.#storing) {
      await this.#storing;
      if (this.#retained) throw retainedError();
    }
  }

  /** Stores what is open and refuses what comes after. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.flush();
    } finally {
      this.#open.cancelTimer?.();
      this.#cancelRetry?.();
    }
  }

  #toKernel(body: Uint8Array, commit: CommitOptions): AddResult {
    try {
      return this.#tools.writer.addRequest(body, this.#addOptions(commit));
    } catch (error) {
      // A refusal leaves the open batch as it was; a kernel that failed has lost it.
      if (!(error instanceof WalqError)) this.#giveUp(this.#takeOpen(), error);
      throw error;
    }
  }

  #addOptions({ message, compression }: CommitOptions): AddOptions {
    const { ttlMs, uncompressedBytesMax } = this.#options;
    const cutoffMs = this.#tools.clock.nowMs() - ttlMs;
    return { message, compression, uncompressedBytesMax, cutoffMs };
  }

  /** Into the open batch, at once: between the check for room and this nothing may happen. */
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

  /** Who comes while others wait waits behind them, or its samples would overtake theirs. */
  #hasRoom(): boolean {
    return this.#waiting === 0 && !this.#retained && !this.#isFull();
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
    const refusals = this.#refusals;
    const turn = this.#line.then(async () => {
      try {
        await this.#untilRoom(refusals);
        return this.#add(body, options);
      } finally {
        this.#waiting--;
        this.#waitingBytes -= body.length;
      }
    });
    this.#line = turn.catch(() => {});
    return await turn;
  }

  /** Waits until the open batch may take a commit of a caller who had seen so many refusals. */
  async #untilRoom(refusals: number): Promise<void> {
    while (this.#retained || this.#isFull()) {
      this.#refuseIfClosed();
      if (this.#retained) {
        // The disk has answered since the caller came: it need not be asked for each one.
        if (this.#refusals > refusals) throw retainedError();
        // Before anything is added: a sender that is refused sends the same again.
        await this.#storeRetained();
      } else {
        this.#storeIfFull();
        await this.#storing;
      }
    }
  }

  #isFull(): boolean {
    return this.#tools.writer.signals >= this.#options.maxSignalsToBatch;
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
    const { clock } = this.#tools;
    const dueAtMs = clock.monotonicMs() + delayMs;
    if (this.#open.isDue || this.#open.dueAtMs <= dueAtMs) return;
    this.#open.cancelTimer?.();
    this.#open.dueAtMs = dueAtMs;
    const open = this.#open;
    open.cancelTimer = clock.after(delayMs, () => {
      open.isDue = true;
      // One write at a time; when this one must wait, it follows at once.
      if (this.#storing) return;
      if (open === this.#open) this.#store();
    });
  }

  #storeIfFull(): void {
    if (this.#isFull() && !this.#storing && !this.#retained) this.#store();
  }

  #store(): void {
    if (this.#tools.writer.signals === 0 || this.#retained) return;
    const open = this.#takeOpen();
    const signals = this.#tools.writer.signals;
    const fanOut = this.#encode(open);
    if (fanOut === undefined) return;
    this.#storingSignals = signals;
    this.#storing = this.#storeBatch(fanOut, open, signals).finally(() => {
      this.#storingSignals = 0;
      this.#storing = undefined;
      this.#storeIfDue();
    });
  }

  #takeOpen(): OpenBatch {
    const open = this.#open;
    this.#open = emptyBatch();
    open.cancelTimer?.();
    return open;
  }

  /** The batch is gone with the kernel's instance: whoever waits for it is told. */
  #giveUp(open: OpenBatch, error: unknown): void {
    this.#tools.logger.error("the kernel lost the open batch", { error: messageOf(error) });
    const refusal = storageError(messageOf(error), error);
    for (const waiter of open.waiters) waiter.reject(refusal);
  }

  /** Undefined when the kernel failed. */
  #encode(open: OpenBatch): FanOut | undefined {
    try {
      return new FanOut(this.#tools.writer.encode());
    } catch (error) {
      this.#giveUp(open, error);
      return undefined;
    }
  }

  #storeIfDue(): void {
    if (this.#open.isDue || this.#isFull()) this.#store();
  }

  async #storeBatch(fanOut: FanOut, open: OpenBatch, signals: number): Promise<void> {
    try {
      await fanOut.into(this.#stores);
      this.#failures = 0;
      for (const waiter of open.waiters) waiter.resolve();
    } catch (error) {
      this.#failures++;
      this.#refusals++;
      this.#logRefusal(error);
      if (open.hasVolatile) this.#retain(fanOut, signals);
      const refusal = storageError(messageOf(error), error);
      for (const waiter of open.waiters) waiter.reject(refusal);
      // Whoever joined the next batch meanwhile would wait behind the retained one.
      if (this.#retained) this.#refuseOpenGroup(refusal);
    }
  }

  #refuseOpenGroup(refusal: WalqError): void {
    if (this.#open.waiters.length === 0) return;
    for (const waiter of this.#open.waiters.splice(0)) waiter.reject(refusal);
    this.#open.hasVolatile = true;
  }

  /** A full disk refuses every batch, and one line in a while says so. */
  #logRefusal(error: unknown): void {
    const hidden = this.#refusalLog.admit();
    if (hidden === undefined) return;
    const fields = { error: messageOf(error), refusals_not_logged: hidden || undefined };
    this.#tools.logger.error("cannot store a batch", fields);
  }

  #retain(fanOut: FanOut, signals: number): void {
    this.#retained = fanOut;
    this.#retainedSignals = signals;
    this.#retryLater();
  }

  #retryLater(): void {
    this.#cancelRetry?.();
    const delayMs = backoffMs(this.#failures - 1, RETRY_FIRST_MS, RETRY_MAX_MS);
    this.#cancelRetry = this.#tools.clock.after(delayMs, () => {
      this.#storeRetained().catch(() => {});
    });
  }

  /** Tries the retained batch again; all callers share one attempt. */
  async #storeRetained(): Promise<void> {
    if (!this.#retained) return;
    this.#storing ??= this.#attemptRetained().finally(() => {
      this.#storing = undefined;
      this.#storeIfDue();
    });
    await this.#storing;
    if (this.#retained) throw retainedError();
  }

  async #attemptRetained(): Promise<void> {
    this.#cancelRetry?.();
    try {
      await this.#retained?.into(this.#stores);
      this.#failures = 0;
      this.#retained = undefined;
      this.#retainedSignals = 0;
      this.#tools.logger.info("the disk takes batches again");
    } catch (error) {
      this.#failures++;
      this.#refusals++;
      this.#logRefusal(error);
      this.#retryLater();
    }
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

function retainedError(): WalqError {
  return storageError("a batch is kept in memory until the disk takes it");
}

function storageError(message: string, cause?: unknown): WalqError {
  return new WalqError("STORAGE", `Cannot store: ${message}`, { cause });
}
