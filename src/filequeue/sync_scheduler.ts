import type { CancelTimer, Clock } from "../contracts.ts";

/** Node has four threads for all its work with files: one is left for writes and reads. */
const SYNCS_AT_ONCE = 3;
/** No more may wait: when an fsync suddenly takes long, all of them wait for it. */
const TASKS_MAX = 256;
/** This many failures in a row are the disk's fault, and for a while nothing else is tried. */
const FAILURES_MAX = 3;
const PAUSE_MS = 1000;
/** How fast the pace follows fsyncs that are quicker than those before. */
const QUICKER_SHARE = 1 / 8;

/** A file or a directory that is to be synced. */
export interface SyncTask {
  /** It is not on the disk yet, so that it tells how long an fsync takes. */
  readonly isUnsynced: boolean;
  /** False when the disk refused; never rejects. */
  run(): Promise<boolean>;
}

/** A task under way. */
interface Running {
  readonly sinceMs: number;
  readonly end: Promise<void>;
}

/**
 * Schedules fsyncs over all endpoints of a queue. A stored file is synced as late as
 * possible, since one that is sent and deleted before needs no fsync. It still begins
 * in time when others are before it. Some are synced side by side. How long an fsync
 * takes is measured, and a store waits while another file could not begin in time. So
 * what a power cut loses is bounded by time, however slow the disk is.
 */
export class SyncScheduler {
  readonly #clock: Clock;
  /** When each must have begun, by the monotonic clock; in this order. */
  readonly #waiting = new Map<SyncTask, number>();
  #lastDueMs = -Infinity;
  /** Tasks that begin first, and the callbacks for their end. */
  readonly #urgent = new Map<SyncTask, (() => void)[]>();
  readonly #running = new Map<SyncTask, Running>();
  #paceMs = 0;
  #seekers: (() => void)[] = [];
  #failuresInARow = 0;
  #pausedUntilMs = -Infinity;
  #cancelTimer: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It is to begin within `delayMs`; one that waits already keeps its turn. */
  add(task: SyncTask, delayMs: number): void {
    if (this.#waiting.has(task) || this.#urgent.has(task)) return;
    const dueMs = this.#nowMs + delayMs;
    if (dueMs < this.#lastDueMs) this.#bringForward(dueMs);
    this.#waiting.set(task, dueMs);
    this.#lastDueMs = dueMs;
    this.#go();
  }

  /** There is nothing to sync any more; what is under way goes on. */
  remove(task: SyncTask): void {
    const tell = this.#urgent.get(task) ?? [];
    if (!this.#waiting.delete(task) && !this.#urgent.delete(task)) return;
    for (const end of tell) end();
    this.wake();
    this.#go();
  }

  /** Does these before all others; resolves when each was tried, or the disk fails. */
  async now(tasks: readonly SyncTask[]): Promise<void> {
    this.#failuresInARow = 0;
    this.#pausedUntilMs = -Infinity;
    const ends = tasks.map((task) => this.#running.get(task)?.end ?? this.#hurry(task));
    this.#go();
    await Promise.all(ends);
  }

  /** One after the other has failed, of whatever endpoint. */
  get isFailing(): boolean {
    return this.#failuresInARow >= FAILURES_MAX;
  }

  /** One more file, and the directory with its name, would begin in time. */
  hasRoom(intervalMs: number): boolean {
    return this.#size < TASKS_MAX && this.#beginsAfterMs(this.#size + 1) <= intervalMs;
  }

  /** There may be room, or an fsync has failed: whoever waits for room looks again. */
  async change(): Promise<void> {
    const changed = new Promise<void>((resolve) => this.#seekers.push(resolve));
    this.#go();
    await changed;
  }

  /** How long something like an fsync took, so that it is known before the first one. */
  async measure<Result>(work: () => Promise<Result>): Promise<Result> {
    const sinceMs = this.#nowMs;
    const result = await work();
    this.#took(this.#nowMs - sinceMs);
    return result;
  }

  get #nowMs(): number {
    return this.#clock.monotonicMs();
  }

  get #size(): number {
    return this.#waiting.size + this.#urgent.size + this.#running.size;
  }

  /** How long an fsync takes, judged by those that have ended and by the oldest one that has not. */
  get #judgedMs(): number {
    const [oldest] = this.#running.values();
    return oldest === undefined
      ? this.#paceMs
      : Math.max(this.#paceMs, this.#nowMs - oldest.sinceMs);
  }

  /** After how long a task begins that has so many before it. */
  #beginsAfterMs(before: number): number {
    const pauseMs = Math.max(0, this.#pausedUntilMs - this.#nowMs);
    return pauseMs + Math.floor(before / SYNCS_AT_ONCE) * this.#judgedMs;
  }

  /** Shorter intervals are in force: what waits must not make what comes wait longer. */
  #bringForward(dueMs: number): void {
    for (const [task, before] of this.#waiting) {
      if (before > dueMs) this.#waiting.set(task, dueMs);
    }
  }

  #hurry(task: SyncTask): Promise<void> {
    this.#waiting.delete(task);
    return new Promise((resolve) => {
      this.#urgent.set(task, [...this.#urgent.get(task) ?? [], resolve]);
    });
  }

  /** Begins what is due, and comes back when there is more to do. */
  #go(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (this.#running.size < SYNCS_AT_ONCE) {
      const [urgent] = this.#urgent.keys();
      const task = urgent ?? this.#due();
      if (task === undefined) break;
      this.#begin(task);
    }
    const atMs = this.#nextMs();
    if (atMs === undefined) return;
    this.#cancelTimer = this.#clock.after(atMs - this.#nowMs, () => {
      this.wake();
      this.#go();
    });
  }

  /** The oldest that waits, if it must begin now. */
  #due(): SyncTask | undefined {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return undefined;
    const [task, dueMs] = oldest;
    return this.#beginMs(dueMs) <= this.#nowMs ? task : undefined;
  }

  /** When somebody must look again who is not woken by the end of a sync. */
  #nextMs(): number | undefined {
    const [dueMs] = this.#waiting.values();
    if (dueMs !== undefined) {
      return this.#running.size < SYNCS_AT_ONCE ? this.#beginMs(dueMs) : undefined;
    }
    const isPaused = this.#pausedUntilMs > this.#nowMs;
    return isPaused && this.#seekers.length > 0 ? this.#pausedUntilMs : undefined;
  }

  /** When the oldest that waits must begin, for the last one to be in time too. */
  #beginMs(dueMs: number): number {
    const isWanted = this.#seekers.length > 0 || this.#waiting.size >= TASKS_MAX / 2;
    const inTimeMs = isWanted ? this.#nowMs : dueMs - this.#beginsAfterMs(this.#size - 1);
    return Math.max(inTimeMs, this.#pausedUntilMs);
  }

  #begin(task: SyncTask): void {
    const tell = this.#urgent.get(task) ?? [];
    this.#urgent.delete(task);
    this.#waiting.delete(task);
    const sinceMs = this.#nowMs;
    const { isUnsynced } = task;
    // Not at once: what it does may come back here.
    const end = Promise.resolve().then(() => task.run()).then((isDone) => {
      this.#running.delete(task);
      const tookMs = this.#nowMs - sinceMs;
      // One that failed at once says nothing about how long those take that do not.
      if (isUnsynced && (isDone || tookMs > this.#paceMs)) this.#took(tookMs);
      if (isDone) this.#failuresInARow = 0;
      else this.#failed();
      for (const ended of tell) ended();
      this.wake();
      this.#go();
    });
    this.#running.set(task, { sinceMs, end });
  }

  /** Whoever waits for a change looks again. */
  wake(): void {
    for (const look of this.#seekers.splice(0)) look();
  }

  #took(ms: number): void {
    const share = ms > this.#paceMs ? 1 : QUICKER_SHARE;
    this.#paceMs += (ms - this.#paceMs) * share;
  }

  /** A disk that fails is not asked for each file: each that fails must be written anew. */
  #failed(): void {
    if (++this.#failuresInARow < FAILURES_MAX) return;
    this.#pausedUntilMs = this.#nowMs + PAUSE_MS;
    for (const [task, tell] of [...this.#urgent]) {
      this.#urgent.delete(task);
      this.#bringForward(this.#nowMs);
      this.#waiting.set(task, this.#nowMs);
      this.#lastDueMs = this.#nowMs;
      for (const ended of tell) ended();
    }
  }
}
