import type { RejectedRequest } from "./rejected.ts";

/** Which requests, of those that endpoints have refused. */
export interface RejectedChoice {
  /** The name of an endpoint. @default all of them */
  readonly endpoint?: string | undefined;
}

/** Which of them are to be sent again. */
export interface RetryChoice extends RejectedChoice {
  /** See {@link RejectedRequest.id}. @default all of them */
  readonly ids?: readonly string[] | undefined;
}

/** What was to be sent again, and cannot be read: it was passed over. */
export interface PassedOver {
  /** How many files are damaged, or are not read by the disk. */
  readonly damaged: number;
  /** The first hundred of them, such as `mimir/delivered/7.1795939200000.4096.delivered`: paths below the data path. */
  readonly damagedFiles: readonly string[];
}

/** What is sent again of what was refused. */
export interface RetriedRequests extends PassedOver {
  /** How many requests. */
  readonly requests: number;
  /** Signals in them. */
  readonly signals: number;
  /** Those of the ids that were asked for that none of the endpoints has. */
  readonly unknownIds: readonly string[];
}

/** Which batches, of those that were delivered, are to be sent once more. */
export interface ReplayChoice {
  /** The name of an endpoint. @default all of them */
  readonly endpoint?: string | undefined;
  /** What has a timestamp from this one on, in milliseconds since the epoch. */
  readonly fromMs: number;
  /** What has a timestamp before this one. */
  readonly toMs: number;
  /** Says what would be sent, and sends nothing. @default false */
  readonly dryRun?: boolean | undefined;
}

/** Which batches are to be skipped. */
export interface DropChoice {
  /** The name of an endpoint. @default all of them */
  readonly endpoint?: string | undefined;
  /** What has a timestamp before this one, in milliseconds since the epoch. */
  readonly beforeMs: number;
  /**
   * The moment is meant although it is in the future: with it goes all that waits. Without it
   * one that is more than ten minutes ahead of the queue's clock is refused. @default false
   */
  readonly future?: boolean | undefined;
  /** Says what would be dropped, and drops nothing. @default false */
  readonly dryRun?: boolean | undefined;
}

/** So many batches, and what is in them. */
export interface BatchCounts {
  /** How many batches. */
  readonly batches: number;
  /** Signals in them. */
  readonly signals: number;
}

/** The partitions of a stream that one process sends: what is done by it is done to them alone. */
export interface StreamPart {
  /** The name of the stream. */
  readonly stream: string;
  /** How many the process sends. */
  readonly sent: number;
  /** How many there are. */
  readonly partitions: number;
}

/** What was dropped. */
export interface DroppedBatches extends BatchCounts {
  /** Where others have the rest of the partitions: whoever means all of them asks each process that sends. */
  readonly partOf?: StreamPart | undefined;
}

/** What is sent once more of what was delivered. */
export interface ReplayedBatches extends BatchCounts, PassedOver {}

/** What somebody can do about a queue on purpose. */
export interface QueueActions {
  /** What endpoints have refused and is kept, the oldest first. */
  rejected(choice?: RejectedChoice): Promise<readonly RejectedRequest[]>;
  /**
   * Its files that cannot be listed: found damaged and set aside since the queue was opened,
   * until `retryRejected` has named them, or not read by the disk.
   */
  damagedRejected(choice?: RejectedChoice): Promise<PassedOver>;
  /** Sends it again. */
  retryRejected(choice?: RetryChoice): Promise<RetriedRequests>;
  /** Sends again what was delivered and is kept. */
  replay(choice: ReplayChoice): Promise<ReplayedBatches>;
  /** Drops what is old, counted as `skipped`. */
  dropBefore(choice: DropChoice): Promise<DroppedBatches>;
}
