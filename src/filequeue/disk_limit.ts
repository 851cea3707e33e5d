import type { BatchId, Clock, Logger, StoreRules } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { Turns } from "../actor/turns.ts";
import { messageOf, WalqError } from "../errors.ts";

/** What a {@link DiskLimit} works with. */
export interface DiskLimitTools {
  /** For messages. */
  readonly root: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rules: () => StoreRules;
  /** Of all batches that are stored. */
  readonly bytes: () => number;
  /** How many these are. */
  readonly batches: () => number;
  /** The oldest batch that waits; those that are being sent stay. */
  readonly oldest: () => BatchId | undefined;
  /** Deletes it, with its signals counted as dropped, unless it does not wait any more. */
  readonly drop: (id: BatchId) => Promise<void>;
}

/** The limit on the bytes of a queue: the oldest batches go, or the new one is refused. */
export class DiskLimit {
  readonly #tools: DiskLimitTools;
  readonly #log: LogLimiter;
  /** One after the other: two at once would each drop what makes room for both. */
  readonly #turns = new Turns();
  #closed = false;

  constructor(tools: DiskLimitTools) {
    this.#tools = tools;
    this.#log = new LogLimiter(tools.clock);
  }

  /**
   * Sees to it that so many bytes more are within the limit. A batch that is alone
   * is stored however large it is.
   *
   * @throws {WalqError} `STORAGE` when they are not, and nothing may be dropped.
   */
  async makeRoom(more: number): Promise<void> {
    if (this.#tools.rules().maxDiskBytes === 0) return;
    await this.#turns.run(() => this.#makeRoom(more));
  }

  /** Drops nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.settled;
  }

  async #makeRoom(more: number): Promise<void> {
    const { rules, bytes, batches, oldest, drop, root } = this.#tools;
    const { maxDiskBytes, onFull } = rules();
    if (maxDiskBytes === 0) return;
    // Where nothing is to come in, it is the last one that is alone.
    const isAlone = (): boolean => more > 0 ? bytes() <= 0 : batches() <= 1;
    while (!this.#closed && !isAlone() && bytes() + more > maxDiskBytes) {
      if (onFull === "reject") {
        throw new WalqError(
          "STORAGE",
          `got ${more} bytes on top of ${bytes()}, expected at most ${maxDiskBytes} ` +
            `(max_disk_bytes) in ${root}`,
        );
      }
      const id = oldest();
      if (id === undefined) return;
      await drop(id);
    }
  }

  /** Holds the limit where nothing comes in: it was lowered, or a backlog was counted. */
  async trim(): Promise<void> {
    if (this.#tools.rules().onFull === "reject") return;
    try {
      await this.makeRoom(0);
    } catch (error) {
      this.#tools.logger.warn("cannot make room", { error: messageOf(error) });
    }
  }

  /** One line in a while: a disk that is full drops a batch for each that comes. */
  log(path: string, signals: number): void {
    const hidden = this.#log.admit();
    if (hidden === undefined) return;
    const fields = { reason: "disk_limit", path, signals, drops_not_logged: hidden || undefined };
    this.#tools.logger.warn("signals dropped", fields);
  }
}
