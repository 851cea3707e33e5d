import type { BatchId, CancelTimer, Clock } from "../contracts.ts";
import type { Held } from "./held.ts";
import type { IdRuns } from "./id_runs.ts";
import { isGone } from "./missing.ts";
import type { DirectoryTools } from "./tools.ts";

/** Files whose head is read at once. */
const AT_ONCE = 16;
const RETRY_MS = 30_000;

/**
 * Which of the batches that were found at start have been counted. What a batch
 * holds stands in its file's head, and a long backlog must not delay the first
 * request: the newest are counted first, in the background, while the oldest are
 * counted as they are read to be sent. Two numbers are all that has to be kept.
 */
export class Recount {
  /** Every id below has been read since the start. */
  #readBelow: BatchId = 0;
  /** Every id from here on has been counted: in the background, or when it was stored. */
  #countedFrom: BatchId;
  /** Those that are outside of these two and not counted: the background could not, or they are in hand. */
  readonly #skipped = new Set<BatchId>();
  readonly #read: (id: BatchId) => Promise<Held>;
  readonly #isOwner: () => Promise<boolean>;
  readonly #clock: Clock;
  #cancelRetry: CancelTimer | undefined;
  #stopped = false;

  /**
   * @param firstNew the first id that this run will use
   * @param read what a file holds, from its head
   */
  constructor(
    firstNew: BatchId,
    read: (id: BatchId) => Promise<Held>,
    { clock, isOwner }: Pick<DirectoryTools, "clock" | "isOwner">,
  ) {
    this.#countedFrom = firstNew;
    this.#read = read;
    this.#clock = clock;
    this.#isOwner = isOwner;
  }

  isCounted(id: BatchId): boolean {
    return (id < this.#readBelow || id >= this.#countedFrom) && !this.#skipped.has(id);
  }

  /** The batch is taken out to be read: who has it in hand counts it, also when a later one is read before. */
  take(id: BatchId): void {
    if (!this.isCounted(id)) this.#skipped.add(id);
  }

  /** It could not be read, and waits again. */
  putBack(id: BatchId): void {
    if (id >= this.#readBelow && id < this.#countedFrom) this.#skipped.delete(id);
  }

  /** The batch was read, to be sent or dropped, and counted then. */
  read(id: BatchId): void {
    this.#readBelow = Math.max(this.#readBelow, id + 1);
    this.#skipped.delete(id);
  }

  /** Batches that are not counted, among those that wait and those that are just taken out. */
  left(waiting: IdRuns, inHand: ReadonlySet<BatchId>): number {
    let left = waiting.countBetween(this.#readBelow, this.#countedFrom) + this.#skipped.size;
    for (const id of inHand) {
      if (!this.isCounted(id) && !this.#skipped.has(id)) left++;
    }
    return left;
  }

  /** Counts what waits, from the newest to the oldest, until all is counted or it is stopped. */
  async run(waiting: IdRuns, count: (held: Held) => void): Promise<void> {
    while (!this.#stopped) {
      const ids = this.#next(waiting);
      if (ids.length === 0) return;
      const all = await Promise.all(ids.map((id) => this.#held(id)));
      if (this.#stopped) return;
      const failed = ids.filter((_, at) => all[at] === "unreadable");
      if (failed.length === ids.length && failed.length > 1) {
        // All at once: it is the disk and no single file.
        await this.#pause();
        continue;
      }
      all.forEach((held, at) => {
        const id = ids[at]!;
        if (typeof held === "object" && !this.isCounted(id) && !this.#skipped.has(id)) count(held);
      });
      this.#countedFrom = Math.min(this.#countedFrom, ...ids);
      for (const id of failed) if (id >= this.#readBelow) this.#skipped.add(id);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  /** The newest that are not counted. */
  #next(waiting: IdRuns): BatchId[] {
    return waiting.lastBelow(this.#countedFrom, AT_ONCE).filter((id) => id >= this.#readBelow);
  }

  async #held(id: BatchId): Promise<Held | "gone" | "unreadable"> {
    try {
      return await this.#read(id);
    } catch (error) {
      return await isGone(error, this.#isOwner) ? "gone" : "unreadable";
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#cancelRetry = this.#clock.after(RETRY_MS, resolve);
    });
  }
}
