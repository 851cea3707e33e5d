import type {
  BatchId,
  CancelTimer,
  Clock,
  DeliveredRules,
  FileSystem,
  Lease,
  Logger,
} from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { DeliveredDirectory } from "./delivered_directory.ts";
import { type DeliveredBatch, inWindow, readDelivered, type Window } from "./delivered_read.ts";
import { type DeliveredFile, deliveredName } from "./delivered_file.ts";

/** So many of the oldest are known at once. */
const KNOWN_MAX = 10_000;
/** What a file takes of a disk, however small it is. */
const FILE_BYTES_MIN = 4096;
const LOOK_INTERVAL_MS = 60 * 60_000;

/** A kept batch that was looked at. */
export interface WalkedBatch {
  /** `delivered/7.1795939200000.4096.delivered` */
  readonly name: string;
  /** Undefined where nothing of it is in the window, or somebody, or the bounds, removed it since it was listed. */
  readonly batch: DeliveredBatch | "damaged" | undefined;
}

/** What {@link DeliveredBatches} are made of. */
interface DeliveredOptions {
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rules: DeliveredRules;
}

/**
 * Batches whose signals all have an outcome, kept for a while in `delivered/` so that they
 * can be sent again. They are copies of what is done: where the disk refuses to keep one it
 * is deleted, and where a power cut takes one it is gone.
 */
export class DeliveredBatches {
  readonly #options: DeliveredOptions;
  readonly #directory: DeliveredDirectory;
  readonly #log: LogLimiter;
  readonly #turns = new SerialExecutor();
  /** Batches in the hands of the endpoint that are sent again: these are not kept, or a window would come twice when it is replayed again. */
  readonly #sentAgain = new Set<BatchId>();
  #rules: DeliveredRules;
  #files = 0;
  #bytes = 0;
  /** The oldest, in order; those behind them are `#isMore`. */
  #known: DeliveredFile[] = [];
  #isMore = true;
  #cancelLook: CancelTimer | undefined;
  #isClosed = false;

  constructor(options: DeliveredOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#directory = new DeliveredDirectory(options.files, options.directory);
    this.#log = new LogLimiter(options.clock);
  }

  /** Looks in the background at what the runs before have left. */
  start(): void {
    void this.#turns.run(async () => {
      this.#files = this.#bytes = 0;
      this.#forgetKnown();
      await this.#tried("cannot look after delivered/", async () => {
        await this.#directory.visit((file) => this.#count(file, 1));
        await this.#trim();
      });
    });
  }

  configure(rules: DeliveredRules): void {
    this.#rules = rules;
    void this.#turns.run(() => this.#tried("cannot look after delivered/", () => this.#trim()));
  }

  get totals(): { readonly files: number; readonly bytes: number } {
    return { files: this.#files, bytes: this.#bytes };
  }

  /** A batch goes to the endpoint. */
  leased({ id, again }: Lease): void {
    if (again !== undefined) this.#sentAgain.add(id);
  }

  /** These come back from there. */
  released(ids: readonly BatchId[]): void {
    for (const id of ids) this.#sentAgain.delete(id);
  }

  /** Takes a batch out of the queue; false when that is to delete it. */
  async take(id: BatchId, bytes: number): Promise<boolean> {
    if (this.#sentAgain.delete(id) || this.#isOff) return false;
    return await this.#turns.run(async () => {
      const file = { id, atMs: Math.floor(this.#options.clock.nowMs()), bytes };
      const isKept = await this.#tried("cannot keep a delivered batch; it is deleted", async () => {
        await this.#directory.take(file);
        this.#count(file, 1);
        if (this.#known.length < KNOWN_MAX && !this.#isMore) this.#known.push(file);
        else this.#isMore = true;
      });
      if (isKept) await this.#tried("cannot remove delivered batches", () => this.#trim());
      return isKept;
    });
  }

  /**
   * Goes through all of them, the oldest first, and reads those of which signals may lie in the
   * window. One that is damaged is logged.
   *
   * @throws {FileSystemError}
   */
  async *walk(window: Window): AsyncGenerator<WalkedBatch> {
    for (let after = 0;;) {
      const next = await this.#directory.oldest(after, KNOWN_MAX);
      for (const file of next) {
        // After a power cut there may be two of one batch.
        if (file.id === after) continue;
        after = file.id;
        yield { name: `delivered/${deliveredName(file)}`, batch: await this.#read(file, window) };
      }
      if (next.length < KNOWN_MAX) return;
    }
  }

  /** The batch of that name is not what it should be. */
  damaged(name: string, error: string): void {
    const path = `${this.#options.directory}/${name}`;
    this.#options.logger.error("a kept batch is damaged", { path, error });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    await this.#turns.idle();
  }

  async #read(file: DeliveredFile, window: Window): Promise<WalkedBatch["batch"]> {
    const path = this.#directory.pathOf(file);
    const { files } = this.#options;
    let batch: DeliveredBatch | string | undefined;
    try {
      if (!await inWindow(files, path, window)) return undefined;
      batch = await readDelivered(files, path);
    } catch (error) {
      // One that the disk does not read is not to keep the others back.
      if (!(error instanceof FileSystemError)) throw error;
      batch = error.message;
    }
    if (typeof batch !== "string") return batch;
    this.damaged(`delivered/${deliveredName(file)}`, batch);
    return "damaged";
  }

  get #isOff(): boolean {
    return this.#rules.ageMsMax === 0;
  }

  #count({ bytes }: DeliveredFile, sign: 1 | -1): void {
    this.#files += sign;
    this.#bytes += sign * Math.max(bytes, FILE_BYTES_MIN);
  }

  #forgetKnown(): void {
    this.#known = [];
    this.#isMore = true;
  }

  /** Removes what the bounds do not allow, the oldest first, and looks again later. */
  async #trim(): Promise<void> {
    if (this.#isClosed) return;
    const { ageMsMax, bytesMax } = this.#rules;
    const cutoffMs = this.#isOff ? Infinity : this.#options.clock.nowMs() - ageMsMax;
    let at = 0;
    try {
      while (this.#files > 0) {
        if (at === this.#known.length) {
          at = 0;
          await this.#learn();
          if (this.#known.length === 0) break;
        }
        const oldest = this.#known[at]!;
        if (this.#bytes <= bytesMax && oldest.atMs >= cutoffMs) break;
        await this.#directory.remove(oldest);
        this.#count(oldest, -1);
        at++;
      }
    } finally {
      this.#known.splice(0, at);
      this.#lookLater();
    }
  }

  /** The next of the oldest; what is counted and not there any more is forgotten. */
  async #learn(): Promise<void> {
    this.#known = [];
    if (!this.#isMore) {
      this.#files = this.#bytes = 0;
      return;
    }
    this.#known = await this.#directory.oldest(0, KNOWN_MAX);
    this.#isMore = this.#known.length === KNOWN_MAX;
    if (this.#known.length === 0) this.#files = this.#bytes = 0;
  }

  #lookLater(): void {
    this.#cancelLook?.();
    if (this.#isClosed || this.#files === 0) return;
    this.#cancelLook = this.#options.clock.after(
      LOOK_INTERVAL_MS,
      () => this.configure(this.#rules),
    );
  }

  /** False when the disk refused, which is logged. */
  async #tried(message: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const hidden = this.#log.admit();
      if (hidden !== undefined) {
        const fields = { error: messageOf(error), more_like_it: hidden || undefined };
        this.#options.logger.warn(message, fields);
      }
      return false;
    }
  }
}
