import type { BatchSink, CancelTimer, Clock, Logger } from "../contracts.ts";
import { backoffMs } from "../actor/backoff.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import type { FanOut } from "./fan_out.ts";

/** Batches that are written at once: while one waits for its fsync, the next ones are encoded and written. */
export const WRITES_AT_ONCE = 4;
/** Large batches do not pile up: beyond this a write waits until it is alone. */
const BYTES_AT_ONCE_MAX = 16 * 1024 * 1024;
const RETRY_FIRST_MS = 1000;
const RETRY_MS_MAX = 30_000;

/** Who waits for a batch to be stored. */
export interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: WalqError) => void;
}

/** A batch to be stored, and what depends on it. */
export interface Write {
  readonly fanOut: FanOut;
  readonly signals: number;
  readonly bytes: number;
  readonly waiters: readonly Waiter[];
  /** It holds signals that were committed without waiting: it must not be given up. */
  readonly hasVolatile: boolean;
}

/** That batches cannot be stored. */
export interface WriteFailure {
  /** By the clock of the host, in milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly lastError: string;
}

/** What {@link Writes} works with. */
interface WritesDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** There may be room for another write. */
  readonly onRoom: () => void;
  /** A batch is kept in memory: whoever joined the next one must not wait behind it. */
  readonly onRetained: (refusal: WalqError) => void;
}

/**
 * Batches on their way to the stores. Several are written at once, and they
 * become part of the stores, and are acknowledged, one after the other in the
 * order in which they came. A refused batch is given up if its
 * senders were told so and no store has it. Otherwise it is kept, and nothing newer
 * passes it: what some store has goes to the others too, and is not stored a second
 * time when its sender tries again.
 */
export class Writes {
  readonly #dependencies: WritesDependencies;
  readonly #refusalLog: LogLimiter;
  #stores: readonly BatchSink[];
  /** Writes under way, each with its end. */
  readonly #underWay = new Map<Write, Promise<void>>();
  /** Refused, and tried again before anything newer; oldest first. */
  #retained: Write[] = [];
  /** The order in which they become part of the stores. */
  readonly #turns = new SerialExecutor();
  #retrying: Promise<void> | undefined;
  #failures = 0;
  #failingSinceMs = 0;
  #refusals = 0;
  /** What the stores said of the last one. */
  #lastRefusal = "";
  /** What was said of it to a batch that came later. */
  #passedOn: WalqError | undefined;
  #cancelRetry: CancelTimer | undefined;
  #closed = false;

  constructor(dependencies: WritesDependencies, stores: readonly BatchSink[]) {
    this.#dependencies = dependencies;
    this.#refusalLog = new LogLimiter(dependencies.clock);
    this.#stores = stores;
  }

  /** Signals in batches that are not stored. */
  get signals(): number {
    return [...this.#underWay.keys(), ...this.#retained].reduce(
      (sum, { signals }) => sum + signals,
      0,
    );
  }

  /** True from a refused write until one succeeds. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Since when, and why it was the last time; undefined while none fails. */
  get failure(): WriteFailure | undefined {
    if (!this.isFailing) return undefined;
    return { sinceMs: this.#failingSinceMs, lastError: this.#lastRefusal };
  }

  /** Refused writes so far. */
  get refusals(): number {
    return this.#refusals;
  }

  /** A refused batch is kept: nothing newer may be written. */
  get isRetaining(): boolean {
    return this.#retained.length > 0;
  }

  /** A batch is kept of which somebody was told that it is accepted. */
  get isOwing(): boolean {
    return this.#retained.some(({ hasVolatile }) => hasVolatile);
  }

  /** Another write may begin. */
  get hasRoom(): boolean {
    if (this.isRetaining || this.#underWay.size >= WRITES_AT_ONCE) return false;
    let bytes = 0;
    for (const write of this.#underWay.keys()) bytes += write.bytes;
    return this.#underWay.size === 0 || bytes < BYTES_AT_ONCE_MAX;
  }

  /** Resolves when what was begun before has come to its end; never rejects. */
  get settled(): Promise<void> {
    return this.#turns.settled;
  }

  /** The same for the oldest of them. */
  get oneSettled(): Promise<void> {
    const [oldest] = this.#underWay.values();
    return oldest ?? this.settled;
  }

  /** From the next batch on. */
  configure(stores: readonly BatchSink[]): void {
    this.#stores = stores;
  }

  begin(write: Write): void {
    const stores = this.#stores;
    const staged = write.fanOut.stage(stores).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const finished = this.#turns.run(async () => {
      await this.#finish(write, staged, stores);
      this.#underWay.delete(write);
      this.#dependencies.onRoom();
    });
    this.#underWay.set(write, finished);
  }

  /**
   * Tries what is kept again; all callers share one attempt.
   *
   * @throws {WalqError} `STORAGE` when something is still kept after it.
   */
  async storeRetained(): Promise<void> {
    if (!this.isRetaining) return;
    this.#retrying ??= this.#turns.run(() => this.#storeRetained());
    await this.#retrying;
    this.refuseIfRetaining();
  }

  /** @throws {WalqError} `STORAGE` while a batch is kept. */
  refuseIfRetaining(): void {
    if (this.isRetaining) throw this.#passedOn = retainedError(this.#lastRefusal);
  }

  /** Resolves when nothing is written any more; what is kept is lost. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    // Whoever waits for room may have begun another attempt meanwhile.
    await this.#turns.idle();
  }

  async #finish(
    write: Write,
    staged: Promise<{ readonly error: unknown } | undefined>,
    stores: readonly BatchSink[],
  ): Promise<void> {
    const failed = await staged;
    try {
      if (failed !== undefined) throw failed.error;
      // What is kept is older and must be stored before it.
      this.refuseIfRetaining();
      await write.fanOut.into(stores);
      this.#recovered();
      for (const waiter of write.waiters) waiter.resolve();
    } catch (error) {
      await write.fanOut.discard().catch(() => {});
      this.#refuse(write, error);
    }
  }

  #refuse(write: Write, error: unknown): void {
    this.#countRefusal(error);
    if (write.hasVolatile || write.fanOut.isBegun) {
      this.#retained.push(write);
      this.#retryLater();
    }
    const refusal = storageError(messageOf(error), error);
    for (const waiter of write.waiters) waiter.reject(refusal);
    if (this.isRetaining) this.#dependencies.onRetained(refusal);
  }

  #recovered(): void {
    if (this.#failures > 0) this.#dependencies.logger.info("batches are stored again");
    this.#failures = 0;
  }

  #countRefusal(error: unknown): void {
    if (this.#failures === 0) this.#failingSinceMs = this.#dependencies.clock.nowMs();
    this.#failures++;
    this.#refusals++;
    if (error !== this.#passedOn) this.#lastRefusal = messageOf(error);
    // A full disk refuses every batch, and one line in a while says so.
    const hidden = this.#refusalLog.admit(kindOf(error));
    if (hidden === undefined) return;
    const fields = { error: messageOf(error), refusals_not_logged: hidden || undefined };
    this.#dependencies.logger.error("cannot store a batch", fields);
  }

  #retryLater(): void {
    this.#cancelRetry?.();
    if (this.#closed) return;
    const delayMs = backoffMs(this.#failures - 1, RETRY_FIRST_MS, RETRY_MS_MAX);
    this.#cancelRetry = this.#dependencies.clock.after(delayMs, () => {
      this.storeRetained().catch(() => {});
    });
  }

  async #storeRetained(): Promise<void> {
    this.#cancelRetry?.();
    try {
      for (;;) {
        const [oldest] = this.#retained;
        if (oldest === undefined) break;
        await oldest.fanOut.into(this.#stores);
        this.#retained.shift();
      }
      this.#recovered();
    } catch (error) {
      this.#countRefusal(error);
      this.#retryLater();
    }
    this.#retrying = undefined;
    this.#dependencies.onRoom();
  }
}

/** @param why as the store said it: a disk, or a stream */
function retainedError(why: string): WalqError {
  return storageError(`a batch that came before is kept in memory until it can be stored: ${why}`);
}

/** A disk that is full and then gone is worth two lines. */
function kindOf(error: unknown): string {
  if (error instanceof FileSystemError || error instanceof WalqError) return error.code;
  return messageOf(error);
}

/** Retryable: nothing was acknowledged. */
export function storageError(message: string, cause?: unknown): WalqError {
  const start = "Cannot store: ";
  const text = message.startsWith(start) ? message : start + message;
  return new WalqError("STORAGE", text, { cause });
}
