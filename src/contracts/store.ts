import type { BatchCounts } from "./actions.ts";
import type { EncodedBatch, LoadableBatch, SentAgain } from "./kernel.ts";

/** A growing number: a batch with a smaller one was stored earlier, also in another store of the same queue. */
export type BatchId = number;

/** A batch on its way into the stores of all endpoints. */
export interface StorableBatch {
  readonly batch: EncodedBatch;
  /** Of the store, from 0: all of the batch's series belong to it. @default 0, as in a store of one */
  readonly partition?: number;
  /** Given by the first store; the next ones take the same. */
  id?: BatchId;
  /** One of these is durable when it is stored, whatever the rules say: what it was made of is deleted then. */
  readonly again?: SentAgain | undefined;
}

/** A batch for which a store has done ahead what can be; it is no part of the queue yet. */
export interface StagedBatch {
  /** As `append` of the batch does, and in order with that. At most once. */
  commit(): Promise<BatchId>;
  /** It will not be committed, or could not be: nothing is left of what was done. */
  discard(): Promise<void>;
}

/** Where batches go. */
export interface BatchSink {
  /** Does ahead what `append` of this batch would have to wait for; several may be under way. */
  stage(batch: StorableBatch): Promise<StagedBatch>;
  /**
   * Resolves when the batch is stored as the rules say. Calls are served in order. A
   * store may share what another one has written of this very batch.
   */
  append(batch: StorableBatch): Promise<BatchId>;
}

/** How a store keeps what it is given; can change while it works. */
export interface StoreRules {
  /**
   * When a batch counts as stored: `commit`, when it would survive a power cut;
   * `interval` and `none`, when it would survive the process. With `interval` it
   * survives a power cut too after `syncIntervalMs`, with `none` when the system
   * gets to it.
   */
  readonly sync: SyncLevel;
  readonly syncIntervalMs: number;
  /** Bytes that the batches take at most; 0 is without limit. */
  readonly maxDiskBytes: number;
  /** What goes when it would be more: the oldest batches, or the new one. */
  readonly onFull: OnFull;
}

/** See {@link StoreRules}. */
export type SyncLevel = "commit" | "interval" | "none";

/** See {@link StoreRules}. */
export type OnFull = "drop_oldest" | "reject";

/**
 * A batch out of a store: kept there until it is acked or quarantined. Its data is
 * good until the next call of `next` of the same lane.
 */
export interface Lease extends LoadableBatch {
  readonly id: BatchId;
  /** As the batch's head says: see `Loaded.counted`. */
  readonly signals: number;
}

/** What lies in a store. */
export interface StoreTotals {
  readonly batches: number;
  readonly bytes: number;
  /** Signals in the batches that wait or are leased. */
  readonly signals: number;
  /** Batches found at start of which it is not known yet how much they hold; 0 soon after. */
  readonly uncounted: number;
}

/** A part of what is pending: what came in within a span of time. */
export interface BacklogPart {
  /**
   * When the first of it came in, in milliseconds since the epoch; of what was there at
   * the start: the newest timestamp of it, or undefined where that does not say it.
   */
  readonly fromMs: number | undefined;
  /** When the last of it came in; of what was there at the start and does not say it: when that was. */
  readonly untilMs: number;
  /** Batches whose size is known. */
  readonly batches: number;
  /** Signals in them, whether they have an outcome or not. */
  readonly signals: number;
  /** Bytes of them. */
  readonly bytes: number;
}

/** A batch that could not be read, and was set aside. */
export interface SetAsideBatch {
  /** The number of it, which is the name of its file. */
  readonly id: BatchId;
  /** Why; at most 1,024 characters. */
  readonly reason: string;
  /** Bytes of it. */
  readonly bytes: number;
}

/** Ids that follow each other. */
export interface IdRun {
  readonly first: BatchId;
  readonly last: BatchId;
}

/** Which batches are to be skipped. */
export interface SkipRule {
  /** All of their signals are older than this, in milliseconds since the epoch. */
  readonly beforeMs: number;
  /** Tells the same of a batch whose head does not say it. @throws {WalqError} when it cannot be read */
  readonly isOlder: (batch: LoadableBatch) => boolean;
  /** Nothing is dropped: it is told what would be, of all that has no outcome. */
  readonly isDryRun: boolean;
  /** Ends it before it is through. */
  readonly signal: AbortSignal;
}

/** What has no outcome in a lane. */
export interface LanePending {
  /** Those that may be given, and those that were. */
  readonly batches: number;
  readonly oldest: BatchId | undefined;
  /** The newest of those that were given. */
  readonly newestTaken: BatchId | undefined;
}

/** Where batches are taken from to be sent, in order: all of a store, or what it has from one id on. */
export interface BatchLane {
  /** The oldest batch that is not leased and may be given; waits until there is one. Undefined when the signal aborts. */
  next(signal: AbortSignal): Promise<Lease | undefined>;
  /** What comes from this id on is not given by `next`. */
  giveBelow(id: BatchId): void;
  /** True when nothing that may be given is without an outcome; false when the signal aborts first. */
  through(signal: AbortSignal): Promise<boolean>;
  readonly pending: LanePending;
  /** All signals of the batch have an outcome: it is deleted. */
  ack(id: BatchId): Promise<void>;
  /** The batch cannot be read: it is set aside with the reason, never deleted. */
  quarantine(id: BatchId, reason: string): Promise<void>;
  /** Gives all leases of this lane back; they come again, in order, by `next`. */
  release(): void;
  /** Of the whole store. */
  totals(): StoreTotals;
}

/**
 * Keeps batches until all of their signals have an outcome. The contract knows
 * no files, so that another kind of store can fulfil it.
 */
export interface BatchStore extends BatchLane, BatchSink {
  /** A lane of what comes from this id on; whoever asks for it has the others give what is below it alone. */
  lane(from: BatchId): BatchLane;
  /** The oldest batch that has no outcome, and those that follow it. */
  readonly oldest: IdRun | undefined;
  /**
   * Drops what waits and is older than the rule says, counted as skipped. It is not there
   * again after a power cut when this resolves. Nothing may be leased, or asked for, meanwhile, if it is no dry run.
   *
   * @throws {WalqError} `STORAGE` when the disk refuses, `CLOSED` when the signal aborts: what
   *   was dropped until then is dropped.
   */
  skip(rule: SkipRule): Promise<BatchCounts>;
  /** What is pending by when it came in, the oldest first; at most 132 parts. */
  backlog(): readonly BacklogPart[];
  /** The newest of those that were set aside, at most so many. */
  setAside(max: number): Promise<readonly SetAsideBatch[]>;
  /** What was acked before stays deleted, also over a power cut; else that may bring it back. */
  keepDeleted(): Promise<void>;
  /** From the next batch on. */
  configure(rules: StoreRules): void;
  /** Ends what goes on in the background. */
  close(): Promise<void>;
}
