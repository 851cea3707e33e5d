import type { BacklogPart, BatchId } from "../contracts.ts";
import type { BatchSize } from "./batch_size.ts";
import { FoundBacklog } from "./found_backlog.ts";

/** Parts of what came in that are told apart; beyond it two of them become one. */
export const BACKLOG_PARTS_MAX = 120;
/** What comes in within this time is one part, while there are few of them. */
const SPAN_MS_MIN = 10_000;

type Mutable = { -readonly [key in keyof BacklogPart]: BacklogPart[key] } & {
  /** Of its first batch; those of the part are up to the next part's. */
  readonly firstId: BatchId;
  readonly fromMs: number;
};

/**
 * What is pending, by the time at which it came in. Ids grow with that, so a part is a
 * range of them. There is a bounded number of parts: the longer the backlog, the longer
 * the time that each stands for.
 */
export class Backlog {
  readonly #nowMs: () => number;
  readonly #found: FoundBacklog;
  /** Ids below it were found at the start. */
  #firstNew: BatchId = 0;
  #parts: Mutable[] = [];
  #spanMs = SPAN_MS_MIN;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#found = new FoundBacklog(nowMs());
  }

  /** Ids below this one were found at the start. */
  found(firstNew: BatchId): void {
    this.#firstNew = firstNew;
  }

  /** A batch that has come in, after all that there are. */
  add(id: BatchId, size: BatchSize): void {
    const last = this.#parts.at(-1);
    // A clock that was set back makes nothing older than what came before it.
    const nowMs = Math.max(this.#nowMs(), last?.untilMs ?? 0);
    if (last === undefined || nowMs - last.fromMs >= this.#spanMs) {
      this.#parts.push({ firstId: id, fromMs: nowMs, untilMs: nowMs, ...EMPTY });
      this.#bound();
    } else last.untilMs = nowMs;
    this.change(id, size, 1);
  }

  /** The size of a batch is known now (1), or it is gone (-1). */
  change(id: BatchId, size: BatchSize, sign: 1 | -1): void {
    if (id < this.#firstNew) return this.#found.change(size, sign);
    const part = this.#parts[this.#indexOf(id)];
    if (part === undefined) return;
    part.batches += sign;
    part.signals += sign * size.signals;
    part.bytes += sign * size.bytes;
    if (part.batches === 0) this.#dropEmpty();
  }

  /** Nothing is pending. */
  clear(): void {
    this.#found.clear();
    this.#parts = [];
    this.#spanMs = SPAN_MS_MIN;
  }

  /** The parts that hold something, the oldest first. */
  parts(): BacklogPart[] {
    const parts = this.#parts.filter(({ batches }) => batches > 0);
    return [...this.#found.parts(), ...parts.map(({ firstId: _, ...part }) => part)];
  }

  /** The last part that does not begin behind this id; -1 where there is none. */
  #indexOf(id: BatchId): number {
    let [low, high] = [0, this.#parts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#parts[middle]!.firstId <= id) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The oldest ones, which were sent. The newest one goes on to be filled. */
  #dropEmpty(): void {
    const first = this.#parts.findIndex(({ batches }) => batches > 0);
    this.#parts.splice(0, first < 0 ? this.#parts.length - 1 : first);
  }

  #bound(): void {
    if (this.#parts.length <= BACKLOG_PARTS_MAX) return;
    this.#spanMs *= 2;
    const joined: Mutable[] = [];
    for (const part of this.#parts) {
      const last = joined.at(-1);
      if (last === undefined || part.untilMs - last.fromMs >= this.#spanMs) joined.push(part);
      else {
        last.untilMs = part.untilMs;
        last.batches += part.batches;
        last.signals += part.signals;
        last.bytes += part.bytes;
      }
    }
    this.#parts = joined;
    this.#bound();
  }
}

const EMPTY = { batches: 0, signals: 0, bytes: 0 };
