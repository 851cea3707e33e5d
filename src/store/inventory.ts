import type { BatchId, EndpointEvents, IdRun, LanePending, StoreTotals } from "../contracts.ts";
import { assert } from "../assert.ts";
import { Waiters } from "../actor/waiters.ts";
import { CountedBatches } from "./counted_batches.ts";
import type { BatchSize } from "./batch_size.ts";
import type { Backlog } from "./backlog.ts";
import { IdRuns } from "./id_runs.ts";

/** Which batches may be taken by one who takes: from one id on, and below another. */
export interface Range {
  readonly from: BatchId;
  below: BatchId;
}

/** What the head of a file that was found says, if it can be read. */
export type Head = BatchSize | "gone" | "unreadable";

/**
 * Which batches a queue has, and what they hold together:
 *
 *     found, add -> waiting -> take -> in hand -> lease -> leased -> remove
 *                      ^                 |   |               |
 *                      +---- putBack ----+   +-> giveUp,     |
 *                      +---- release --------    done -------+
 *
 * Each change is one call, which keeps the sums right and tells who waits for it. Who takes
 * does so within a range of ids, and gives back what it has taken itself.
 */
export class Inventory {
  readonly #events: Pick<EndpointEvents, "recovered" | "putBack" | "settled">;
  readonly #waiting = new IdRuns();
  /** Batches that are neither waiting nor leased, and in which range they were taken. */
  readonly #inHand = new Map<BatchId, Range>();
  readonly #leased = new Map<BatchId, { readonly size: BatchSize; readonly range: Range }>();
  #counted = new CountedBatches(0);
  #bytes = 0;
  #signals = 0;
  /** Where nobody says another one. */
  readonly #all: Range = { from: 0, below: Infinity };
  readonly #waiters = new Waiters();
  readonly #backlog: Backlog | undefined;

  /** @param backlog told of each change, if somebody wants to know when what is pending came in */
  constructor(
    events: Pick<EndpointEvents, "recovered" | "putBack" | "settled">,
    backlog?: Backlog,
  ) {
    this.#events = events;
    this.#backlog = backlog;
  }

  /** The bytes of all batches that are counted. */
  get bytes(): number {
    return this.#bytes;
  }

  get batches(): number {
    return this.#waiting.size + this.#inHand.size + this.#leased.size;
  }

  totals(): StoreTotals {
    return {
      batches: this.batches,
      bytes: this.#bytes,
      signals: this.#signals,
      uncounted: this.#counted.left(this.#waiting),
    };
  }

  /** The oldest that has no outcome, and those that follow it. */
  get oldest(): IdRun | undefined {
    const taken = [...this.#leased.keys(), ...this.#inHand.keys()].sort((a, b) => a - b);
    const waiting = this.#waiting.firstRun;
    // Where what is new goes first, what waits may be older than what was taken.
    const first = Math.min(taken[0] ?? Infinity, waiting?.first ?? Infinity);
    if (first === Infinity) return undefined;
    let last = first;
    const follow = (run: IdRun | undefined): void => {
      if (run !== undefined && run.first <= last + 1) last = Math.max(last, run.last);
    };
    follow(waiting);
    for (const id of taken) follow({ first: id, last: id });
    follow(waiting);
    return { first, last };
  }

  get oldestWaiting(): BatchId | undefined {
    return this.#waiting.first;
  }

  /** Adds what was there at the start, in order. Its size is not known. @param firstNew see {@link CountedBatches} */
  found(ids: readonly BatchId[], firstNew: BatchId): void {
    this.#counted = new CountedBatches(firstNew);
    this.#backlog?.found(ids.length > 0 ? firstNew : 0);
    for (const id of ids) this.#waiting.push(id);
    this.#events.recovered({ batches: ids.length, signals: 0 });
  }

  /** A batch that is stored, after all that there are. */
  add(id: BatchId, size: BatchSize): void {
    this.#sum(size, 1);
    this.#backlog?.add(id, size);
    this.#waiting.push(id);
    this.#waiters.changed();
  }

  /** Ids from this one on are not to be taken in this range. */
  giveBelow(id: BatchId, range: Range = this.#all): void {
    range.below = id;
    this.#waiters.changed();
  }

  /** True when there may be one to take; false when the signal aborts first. */
  more(signal: AbortSignal, range: Range = this.#all): Promise<boolean> {
    return this.#waiters.until(() => this.#mayTake(range), signal);
  }

  /** True when none is left of those that may be taken; false when the signal aborts first. */
  through(signal: AbortSignal, range: Range = this.#all): Promise<boolean> {
    return this.#waiters.until(() => this.#isThrough(range), signal);
  }

  /** Takes in hand the oldest that waits, if it may be taken. */
  take(range: Range = this.#all): BatchId | undefined {
    return this.#mayTake(range) ? this.#takeFirst(range) : undefined;
  }

  /** What has no outcome, of those that may be taken or were taken in this range. */
  pending(range: Range): LanePending {
    const taken = this.#taken(range);
    const oldest = Math.min(...taken, this.#mayTake(range) ? this.#firstOf(range) : Infinity);
    const batches = taken.length + this.#waiting.countBetween(range.from, range.below);
    return {
      batches,
      oldest: oldest === Infinity ? undefined : oldest,
      newestTaken: taken.length === 0 ? undefined : Math.max(...taken),
    };
  }

  /** The same for this one, even if it may not be given; false when it is not the oldest that waits. */
  takeOldest(id: BatchId): boolean {
    if (this.#waiting.first !== id) return false;
    this.#takeFirst(this.#all);
    return true;
  }

  /** The same for any that waits; false when it does not any more. It may only be given up. */
  takeWaiting(id: BatchId): boolean {
    if (!this.#waiting.delete(id)) return false;
    this.#inHand.set(id, this.#all);
    this.#counted.take(id);
    return true;
  }

  /** It has no outcome. */
  has(id: BatchId): boolean {
    return this.#waiting.has(id) || this.#leased.has(id) || this.#inHand.has(id);
  }

  /** Those that wait from this id on, the oldest first. */
  waitingFrom(id: BatchId, count: number): BatchId[] {
    return this.#waiting.firstFrom(id, count);
  }

  /** The same of all that have no outcome. */
  pendingFrom(id: BatchId, count: number): BatchId[] {
    const taken = [...this.#leased.keys(), ...this.#inHand.keys()].filter((one) => one >= id);
    const all = [...taken, ...this.waitingFrom(id, count)];
    return all.sort((a, b) => a - b).slice(0, count);
  }

  /** Of all that have no outcome; -1 when there are none. */
  get newest(): BatchId {
    return Math.max(-1, ...this.#leased.keys(), ...this.#inHand.keys(), this.#waiting.last ?? -1);
  }

  /** One that is in hand waits again, as it was. */
  putBack(id: BatchId): void {
    this.#inHand.delete(id);
    this.#waiting.unshift([id]);
    this.#counted.putBack(id);
  }

  /** One that is in hand was read, and is to be sent. */
  lease(id: BatchId, size: BatchSize): void {
    this.#countLate(id, size);
    const range = this.#inHand.get(id);
    assert(range !== undefined, `batch ${id} is not in hand`);
    this.#inHand.delete(id);
    this.#leased.set(id, { size, range });
  }

  /**
   * One that is in hand will not be sent, and does not count any more. It is there until
   * it is `done`. @param size what it holds, where that is known
   */
  giveUp(id: BatchId, size?: BatchSize): void {
    if (size === undefined) return this.#counted.read(id, this.#waiting.first);
    this.#countLate(id, size);
    this.#sum(size, -1);
    this.#backlog?.change(id, size, -1);
  }

  /** One that was given up is gone. */
  done(id: BatchId): void {
    this.#inHand.delete(id);
    this.#gone();
  }

  /** One that was leased is gone. Returns what it held. */
  remove(id: BatchId): BatchSize {
    const { size } = this.#leased.get(id) ?? {};
    assert(size !== undefined, `batch ${id} is not leased`);
    this.#leased.delete(id);
    this.#sum(size, -1);
    this.#backlog?.change(id, size, -1);
    this.#gone();
    return size;
  }

  /** All that are leased, and were taken in this range, wait again, in order. Returns which. */
  release(range: Range = this.#all): readonly BatchId[] {
    const ids = [...this.#leased.keys()].filter((id) => this.#leased.get(id)!.range === range);
    this.#waiting.unshift(ids);
    for (const id of ids) this.#leased.delete(id);
    this.#waiters.changed();
    return ids;
  }

  isCounted(id: BatchId): boolean {
    return this.#counted.has(id);
  }

  /** The newest waiting batches whose size is not known. */
  uncounted(count: number): BatchId[] {
    return this.#counted.newestLeft(this.#waiting, count);
  }

  /** Counts what the heads say of those that `uncounted` named. */
  count(heads: ReadonlyMap<BatchId, Head>): void {
    for (const [id, head] of heads) {
      // One that does not wait any more was counted when it was taken.
      if (typeof head !== "object" || !this.#waiting.has(id)) continue;
      if (this.#counted.awaits(id)) this.#recovered(id, head);
    }
    const ids = [...heads.keys()];
    const unreadable = ids.filter((id) => heads.get(id) === "unreadable" && this.#waiting.has(id));
    this.#counted.reached(ids, unreadable);
  }

  #firstOf({ from }: Range): BatchId {
    return (from === 0 ? this.#waiting.first : this.#waiting.nextFrom(from)) ?? Infinity;
  }

  #mayTake(range: Range): boolean {
    return this.#firstOf(range) < range.below;
  }

  #isThrough(range: Range): boolean {
    if (this.#mayTake(range)) return false;
    const isIn = (id: BatchId): boolean => id >= range.from && id < range.below;
    return ![...this.#leased.keys(), ...this.#inHand.keys()].some(isIn);
  }

  /** What was taken in this range and is not done. */
  #taken(range: Range): BatchId[] {
    const leased = [...this.#leased].filter(([_id, lease]) => lease.range === range);
    const inHand = [...this.#inHand].filter(([_id, of]) => of === range);
    return [...leased, ...inHand].map(([id]) => id);
  }

  #takeFirst(range: Range): BatchId {
    const id = range.from === 0 ? this.#waiting.shift()! : this.#waiting.shiftFrom(range.from)!;
    this.#inHand.set(id, range);
    this.#counted.take(id);
    return id;
  }

  /** A batch that the background has not come to is counted when it is read. */
  #countLate(id: BatchId, size: BatchSize): void {
    if (!this.#counted.has(id)) this.#recovered(id, size);
    this.#counted.read(id, this.#waiting.first);
  }

  #recovered(id: BatchId, size: BatchSize): void {
    this.#sum(size, 1);
    this.#backlog?.change(id, size, 1);
    this.#events.recovered({ batches: 0, signals: size.signals });
  }

  #sum({ signals, bytes }: BatchSize, sign: 1 | -1): void {
    this.#signals += sign * signals;
    this.#bytes += sign * bytes;
  }

  #gone(): void {
    if (this.batches === 0) this.#reconcile();
    this.#waiters.changed();
  }

  /**
   * A file that changed after it was counted no longer shows what it held. When
   * nothing is left, the sums that remain belong to such files.
   */
  #reconcile(): void {
    const signals = this.#signals;
    this.#backlog?.clear();
    this.#signals = 0;
    this.#bytes = 0;
    if (signals > 0) this.#events.settled({ outcome: "corrupt", signals });
    // More was dropped than there was: no counter goes down for it.
    if (signals < 0) this.#events.putBack({ signals: -signals });
  }
}
