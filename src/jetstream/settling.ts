import type { BatchId, CancelTimer, Clock, Logger, StreamLog, StreamSeq } from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { StreamError } from "../errors.ts";
import type { Ownership } from "./ownership.ts";
import type { PartitionIntake } from "./partition.ts";

/**
 * How long it takes at most until what has its outcome is written down: what is not is sent
 * again after a crash. Each writing is a message that a quorum stores.
 */
export const WRITE_DOWN_MS = 250;
const RETRY_MS = 1000;

/** What {@link Settling} works with. */
interface SettlingDependencies {
  readonly endpoint: string;
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intake: PartitionIntake;
  readonly ownership: Ownership;
}

/** Writes down how far an endpoint has come, and deletes what no endpoint needs: in this order. */
export class Settling {
  readonly #of: SettlingDependencies;
  readonly #writing = new SerialExecutor();
  #cancel: CancelTimer | undefined;
  /** Messages with the first parts of batches, which go when no endpoint needs the batch. */
  #pieces: { readonly of: BatchId; readonly seqs: readonly StreamSeq[] }[] = [];
  #purgedBelow: StreamSeq = 0;

  constructor(dependencies: SettlingDependencies) {
    this.#of = dependencies;
  }

  /** Everything up to this number has its outcome. */
  reached(cursor: StreamSeq): void {
    const { ownership, endpoint } = this.#of;
    if (ownership.cursor(endpoint) === cursor) return;
    ownership.settled(endpoint, cursor);
    this.#flushIn(WRITE_DOWN_MS);
  }

  /** These belong to a batch that has its outcome here. */
  pieces(of: BatchId, seqs: readonly StreamSeq[]): void {
    if (seqs.length > 0) this.#pieces.push({ of, seqs });
  }

  /** Writes it down now. What cannot be is tried again. */
  flush(): Promise<void> {
    return this.#writing.run(async () => {
      const { ownership, logger } = this.#of;
      // What was not written down may be sent again, and must be there for that.
      if (!await ownership.flush()) return this.#again();
      try {
        await this.#delete(ownership.leastCursor + 1);
      } catch (error) {
        if (!(error instanceof StreamError)) throw error;
        logger.debug("cannot delete what is through", { error: error.message });
        this.#again();
      }
    });
  }

  async #delete(below: StreamSeq): Promise<void> {
    const { log, intake } = this.#of;
    if (below > this.#purgedBelow) {
      await log.purge(intake.subjects.batches, below);
      this.#purgedBelow = below;
    }
    const gone = this.#pieces.filter(({ of }) => of < below);
    await Promise.all(gone.flatMap(({ seqs }) => seqs.map((seq) => log.remove(seq))));
    this.#pieces = this.#pieces.filter((one) => !gone.includes(one));
  }

  #again(): void {
    if (this.#of.ownership.isHeld) this.#flushIn(RETRY_MS);
  }

  #flushIn(delayMs: number): void {
    this.#cancel ??= this.#of.clock.after(delayMs, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }

  /** The partition is another one's. */
  forget(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pieces = [];
    this.#purgedBelow = 0;
  }

  async close(): Promise<void> {
    this.forget();
    await this.#writing.settled;
  }
}
