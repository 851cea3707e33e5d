import type { Clock, Logger, StreamLog, StreamRecord, StreamSeq } from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { sleep } from "../actor/sleep.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { messageOf, StreamError } from "../errors.ts";
import { NEW_PARTITION, type PartitionRecord, recordIn, textOf } from "./partition_record.ts";

/** For how long a partition is this process's after it has said so. */
export const TERM_MS = 15_000;
/** How often it says so, and how often one who waits looks. */
export const RENEW_MS: number = TERM_MS / 3;
/**
 * How long a record must stay as it is until another one takes the partition: the term of the
 * owner, and time for it to stop, by clocks of which one may run faster than the other.
 */
export const TAKE_OVER_MS: number = TERM_MS + RENEW_MS;

/** What an {@link Ownership} works with. */
export interface OwnershipDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The name of the partition's record. */
  readonly record: string;
  /** Who this is: no two processes may have the same. */
  readonly owner: string;
  /** Whether this process wants it, if it is to be had. @default always */
  readonly mayTake?: () => boolean;
  /** The partition is this process's from now on (true), or is not any more. */
  readonly onChange: (isHeld: boolean) => void;
}

/**
 * Which one of several processes sends a partition. It is a lease: its owner says again and
 * again that it lives, by replacing the record that it has put there, and stops when it could
 * not say so in time; another one takes it when nothing was said for longer than that. No
 * clock is compared with that of another host: each measures how long something takes.
 *
 * A process that was stopped and goes on finds its term over, since who asks `isHeld` looks
 * at the clock; and what it has to say of how far it came is refused if another one has the
 * partition, since the record is not the one that it knows.
 */
export class Ownership {
  readonly #of: OwnershipDependencies;
  readonly #actor: Actor;
  /** Changes of the record, one after the other. */
  readonly #changes = new SerialExecutor();
  /** The record as it was seen last, and its revision. */
  #seen: { record: PartitionRecord; revision: StreamSeq | undefined } | undefined;
  /** The one that was found last, whether it could be read or not; null before the first look. */
  #foundRevision: StreamSeq | undefined | null = null;
  /** Since when it is as it is, by the monotonic clock. */
  #seenSinceMs = 0;
  /** When it was last said that this process has it; undefined while it has not. */
  #saidAt: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  /** Why it could not be said the last time; undefined when it was. */
  #notSaid: string | undefined;
  /** How far endpoints have come, as this process knows it. */
  readonly #cursors = new Map<string, StreamSeq>();
  /** When the newest that they had met was stored. */
  readonly #newestMs = new Map<string, number>();
  /** Which stream of its name that is about. */
  #stream: string | undefined;
  #isTold = false;
  #isDirty = false;

  constructor(dependencies: OwnershipDependencies) {
    this.#of = dependencies;
    this.#actor = new Actor((signal) => this.#run(signal), (error) => {
      const fields = { error: messageOf(error), partition: dependencies.record };
      dependencies.logger.error("the lease of a partition failed", fields);
    });
  }

  start(): void {
    this.#actor.start();
  }

  /** True while nobody else may send: looked at in the moment before something is sent. */
  get isHeld(): boolean {
    return this.#leftMs > 0;
  }

  /** Grows each time somebody takes it: another one than before is another lease. */
  get term(): number {
    return this.#seen?.record.term ?? 0;
  }

  /**
   * Whether somebody has it, as far as this process can tell: who has not been seen to say so
   * for as long as a lease lasts has it no more, also where nobody can read what is said.
   */
  get isOwned(): boolean {
    if (this.isHeld) return true;
    const name = this.#seen?.record.owner ?? "";
    if (name === "" || name === this.#of.owner) return false;
    return this.#of.clock.monotonicMs() - this.#seenSinceMs < TAKE_OVER_MS;
  }

  /** Why a lease that was held is over. */
  get whyLost(): string {
    const { record } = this.#seen ?? { record: NEW_PARTITION };
    const isOthers = record.owner !== "" && record.owner !== this.#of.owner;
    if (isOthers) return `another process has taken it: ${record.owner}`;
    return `its lease was not renewed for ${TERM_MS / 1000} s`;
  }

  /** What the servers said when it was to be renewed the last time; undefined where that went well. */
  get notRenewed(): string | undefined {
    return this.#notSaid;
  }

  /**
   * Whether it is held by this lease still, and by nobody else in between: by the record as it
   * is now. @throws {StreamError} when that cannot be told.
   */
  async isStill(term: number): Promise<boolean> {
    const isSo = (): boolean => this.isHeld && this.term === term;
    if (!isSo()) return false;
    const found = await this.#of.log.record(this.#of.record);
    const record = found === undefined ? NEW_PARTITION : recordIn(found.value);
    return isSo() && record.owner === this.#of.owner && record.term === term;
  }

  /** Those of which it is known how far they have come. */
  get endpoints(): readonly string[] {
    return [...this.#cursors.keys()];
  }

  /** This endpoint needs nothing any more. */
  forget(endpoint: string): void {
    this.#isDirty = this.#cursors.delete(endpoint) || this.#isDirty;
    this.#newestMs.delete(endpoint);
  }

  /** How far this endpoint has come; undefined for one that has not begun. */
  cursor(endpoint: string): StreamSeq | undefined {
    return this.#cursors.get(endpoint);
  }

  /**
   * When the newest message that this endpoint had met was stored, by the servers' clock;
   * undefined where nobody has said it.
   */
  newestMs(endpoint: string): number | undefined {
    return this.#newestMs.get(endpoint);
  }

  /** The least of all endpoints: what is not above it nobody needs. */
  get leastCursor(): StreamSeq {
    return Math.min(...this.#cursors.values());
  }

  /** What is known of another stream of this name is not true of this one: nothing of it was sent. */
  begin(stream: string): void {
    if (this.#stream === stream) return;
    if (this.#stream !== undefined) {
      for (const name of this.endpoints) this.#cursors.set(name, 0);
    }
    this.#stream = stream;
    this.#isDirty = true;
  }

  /**
   * The endpoint has come this far; it is written down at the next {@link Ownership.flush}.
   *
   * @param newestMs when the newest that it has met was stored
   */
  settled(endpoint: string, seq: StreamSeq, newestMs: number = 0): void {
    const before = this.#newestMs.get(endpoint) ?? 0;
    // What is read of a record is whole.
    if (newestMs > before) this.#newestMs.set(endpoint, Math.ceil(newestMs));
    if (this.#cursors.get(endpoint) === seq) return;
    this.#cursors.set(endpoint, seq);
    this.#isDirty = true;
  }

  /** Writes down how far all have come. False when it could not, and is to be tried again. */
  async flush(): Promise<boolean> {
    if (!this.#isDirty) return true;
    if (!this.isHeld) return false;
    return await this.#changes.run(() => this.#say());
  }

  /** Gives the partition up, if it can, so that nobody has to wait for the end of the term. */
  async stop(): Promise<void> {
    await this.#actor.stop();
    await this.release();
  }

  /** The same, and it may be taken again. Nothing of it may be under way any more. */
  async release(): Promise<void> {
    await this.#changes.run(async () => {
      if (!this.isHeld) return;
      // Whether it was heard or not, this process has said that it is done.
      this.#saidAt = undefined;
      await this.#replace({ owner: "" });
    }).catch(() => {});
    this.#tell();
  }

  get #leftMs(): number {
    if (this.#saidAt === undefined) return 0;
    const { clock } = this.#of;
    // A host that was asleep may have a clock that did not count that.
    const sinceMs = Math.max(
      clock.monotonicMs() - this.#saidAt.monotonicMs,
      clock.nowMs() - this.#saidAt.wallMs,
    );
    return TERM_MS - sinceMs;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger, record } = this.#of;
    const limiter = new LogLimiter(clock, { afterLines: 1, intervalMs: 10 * 60_000 });
    do {
      try {
        await this.#changes.run(async () => {
          if (this.#saidAt === undefined) await this.#look();
          else await this.#say();
        });
      } catch (error) {
        if (!(error instanceof StreamError) && limiter.admit() !== undefined) {
          const words = "cannot read the record of a partition: nobody sends it until it is mended";
          logger.error(words, { partition: record, error: messageOf(error) });
        }
      }
      this.#tell();
      // Not later than its end: who sends must hear of it.
      const leftMs = this.#leftMs;
      const waitMs = leftMs > 0 ? Math.min(RENEW_MS, leftMs) : RENEW_MS;
      await sleep(clock, waitMs, signal);
      this.#tell();
    } while (!signal.aborted);
  }

  #tell(): void {
    const { isHeld } = this;
    if (!isHeld) this.#saidAt = undefined;
    if (isHeld === this.#isTold) return;
    this.#isTold = isHeld;
    this.#of.onChange(isHeld);
  }

  /** Takes it if it is nobody's, or of one who has not said for long that it lives. */
  async #look(): Promise<void> {
    const { log, clock, owner } = this.#of;
    const found = await log.record(this.#of.record);
    const nowMs = clock.monotonicMs();
    // Also of one that cannot be read: its owner says nothing any more.
    if (this.#foundRevision !== found?.revision) this.#seenSinceMs = nowMs;
    this.#foundRevision = found?.revision;
    const record = found === undefined ? NEW_PARTITION : recordIn(found.value);
    this.#seen = { record, revision: found?.revision };
    const isFree = record.owner === "" || record.owner === owner;
    if (!isFree && nowMs - this.#seenSinceMs < TAKE_OVER_MS) return;
    if (this.#of.mayTake?.() === false) return;
    this.#stream = record.stream;
    this.#cursors.clear();
    for (const [name, seq] of Object.entries(record.cursors)) this.#cursors.set(name, seq);
    this.#newestMs.clear();
    for (const [name, ms] of Object.entries(record.newestMs)) this.#newestMs.set(name, ms);
    await this.#say(record.term + 1);
  }

  /** Says that it is this process's, and how far all have come. True when that was heard. */
  async #say(term: number = this.#seen!.record.term): Promise<boolean> {
    const { clock, owner } = this.#of;
    for (let attempts = 0; attempts < 2; attempts++) {
      // The term counts from before it was said: it may have been heard at once.
      const saidAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
      this.#isDirty = false;
      try {
        await this.#replace({ owner, term });
        const wasHeld = this.isHeld;
        this.#saidAt = saidAt;
        // It was over for a while, as an answer took so long: who looked then goes on without it.
        if (this.#isTold && !wasHeld) this.#of.onChange(true);
        this.#notSaid = undefined;
        return true;
      } catch (error) {
        this.#isDirty = true;
        if (!(error instanceof StreamError)) throw error;
        this.#notSaid = error.message;
        // Whether an `unavailable` one was stored is not known: the next one will tell.
        if (error.code !== "conflict" || !await this.#isStillOwn(term)) return false;
      }
    }
    return false;
  }

  /**
   * The record is another one than was known. Where it is this process's own, of which it
   * was not told that it was stored, it is said once more: when it was heard is not known.
   */
  async #isStillOwn(term: number): Promise<boolean> {
    const { log, owner, clock } = this.#of;
    let found: StreamRecord | undefined;
    try {
      found = await log.record(this.#of.record);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      // The next one will tell.
      return false;
    }
    const record = found === undefined ? NEW_PARTITION : recordIn(found.value);
    this.#seen = { record, revision: found?.revision };
    this.#seenSinceMs = clock.monotonicMs();
    if (record.owner === owner && record.term === term) return true;
    this.#saidAt = undefined;
    return false;
  }

  async #replace(change: { owner: string; term?: number }): Promise<void> {
    const { record, revision } = this.#seen!;
    const cursors = Object.fromEntries(this.#cursors);
    const newestMs = Object.fromEntries(this.#newestMs);
    const next = { ...record, ...change, stream: this.#stream, cursors, newestMs };
    const { log } = this.#of;
    const after = await log.replaceRecord(this.#of.record, textOf(next), revision);
    this.#seen = { record: next, revision: after };
    this.#seenSinceMs = this.#of.clock.monotonicMs();
  }
}
