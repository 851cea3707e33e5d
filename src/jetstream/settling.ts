import type {
  BatchId,
  CancelTimer,
  Clock,
  Logger,
  StreamHead,
  StreamLog,
  StreamSeq,
} from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { StreamError } from "../errors.ts";
import type { Pieces } from "./batch_loader.ts";
import type { HeldPartition } from "./held_partition.ts";
import type { StreamSubjects } from "./subjects.ts";

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
  readonly subjects: StreamSubjects;
  /** All up to this number has its outcome, in each partition that is held. */
  readonly cursor: () => StreamSeq;
  /**
   * False while the numbers of the stream may mean something else than they did: servers that
   * have lost what was there give them again, and what has them then is not through.
   *
   * @throws {StreamError}
   */
  readonly isSure: () => Promise<boolean>;
}

/** One partition while it is held. */
interface Settled {
  readonly held: HeldPartition;
  /** The newest batch that was met in it. */
  metSeq: StreamSeq;
  /** When it was stored, or one before it that says a later time. */
  newestMs: number;
  /** What is below has been deleted. */
  purgedBelow: StreamSeq;
}

/**
 * Writes down how far an endpoint has come in each partition, and deletes what no endpoint
 * needs: in this order. A partition in which nothing came is not written about.
 */
export class Settling {
  readonly #of: SettlingDependencies;
  readonly #writing = new SerialExecutor();
  #cancel: CancelTimer | undefined;
  #partitions = new Map<number, Settled>();
  /** Messages with the first parts of batches, which go when no endpoint needs the batch. */
  #pieces: (Pieces & { readonly of: BatchId })[] = [];

  constructor(dependencies: SettlingDependencies) {
    this.#of = dependencies;
  }

  /** These are this process's from now on. */
  begin(held: readonly HeldPartition[]): void {
    this.#partitions = new Map(
      held.map((one) => [one.partition, { held: one, metSeq: 0, newestMs: 0, purgedBelow: 0 }]),
    );
    // What the one before had written down it may not have deleted.
    this.reached();
  }

  /** A batch came in a partition that is held. */
  met(partition: number, { seq, storedAtMs }: StreamHead): void {
    const one = this.#partitions.get(partition);
    if (one === undefined) return;
    one.metSeq = seq;
    one.newestMs = Math.max(one.newestMs, storedAtMs);
  }

  /** More may have its outcome. */
  reached(): void {
    this.#flushIn(WRITE_DOWN_MS);
  }

  /** These belong to a batch that has its outcome here. */
  pieces(of: BatchId, pieces: Pieces | undefined): void {
    if (pieces !== undefined) this.#pieces.push({ of, ...pieces });
  }

  /** Writes it down now. What cannot be is tried again. */
  flush(): Promise<void> {
    return this.#writing.run(async () => {
      const cursor = this.#of.cursor();
      const all = [...this.#partitions.values()];
      const written = await Promise.all(all.map((one) => this.#write(one, cursor)));
      if (written.includes(false)) this.#again();
      try {
        // What was not written down may be sent again, and must be there for that.
        const due = all.filter((one, at) => written[at] && isDue(one));
        const gone = this.#gonePieces();
        if (due.length + gone.length === 0) return;
        if (!await this.#of.isSure()) return this.#again();
        // At once, as later on numbers may mean something else.
        await Promise.all([...due.map((one) => this.#purge(one)), this.#removePieces(gone)]);
      } catch (error) {
        if (!(error instanceof StreamError)) throw error;
        this.#of.logger.debug("cannot delete what is through", { error: error.message });
        this.#again();
      }
    });
  }

  /** Nothing is held any more. */
  forget(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pieces = [];
    this.#partitions.clear();
  }

  async close(): Promise<void> {
    this.forget();
    await this.#writing.settled;
  }

  /** False when it could not be written down. */
  async #write({ held, metSeq, newestMs }: Settled, cursor: StreamSeq): Promise<boolean> {
    const { endpoint } = this.#of;
    const { ownership } = held;
    const before = ownership.cursor(endpoint) ?? 0;
    // Behind the newest that it has there is nothing to tell.
    if (before < Math.min(cursor, metSeq)) ownership.settled(endpoint, cursor, newestMs);
    return await ownership.flush();
  }

  async #purge(one: Settled): Promise<void> {
    const { log, subjects } = this.#of;
    const { partition, ownership } = one.held;
    // It may be another process's since it was asked for, which says what it needs.
    if (!ownership.isHeld) return this.#again();
    const below = ownership.leastCursor + 1;
    await log.purge(subjects.batches(partition), below);
    one.purgedBelow = below;
  }

  /** Those of batches that no endpoint needs any more. */
  #gonePieces(): readonly Pieces[] {
    return this.#pieces.filter(({ of, partition }) =>
      of <= (this.#partitions.get(partition)?.held.ownership.leastCursor ?? 0)
    );
  }

  async #removePieces(gone: readonly Pieces[]): Promise<void> {
    await Promise.all(gone.flatMap(({ seqs }) => seqs.map((seq) => this.#of.log.remove(seq))));
    this.#pieces = this.#pieces.filter((one) => !gone.includes(one));
  }

  #again(): void {
    // Also while a lease is over: it may be renewed by an answer that is on its way.
    if (this.#partitions.size > 0) this.#flushIn(RETRY_MS);
  }

  #flushIn(delayMs: number): void {
    this.#cancel ??= this.#of.clock.after(delayMs, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }
}

/** There may be something that no endpoint needs: at first also what came in another process's time. */
function isDue({ held, purgedBelow }: Settled): boolean {
  return held.ownership.leastCursor + 1 > purgedBelow;
}
