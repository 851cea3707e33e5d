import type { BatchId, RejectedLoss, SendOrder } from "../contracts.ts";
import type { DropReason, ProtobufMessage, SignalCounts } from "../types.ts";
import type { HistogramSnapshot } from "./histogram.ts";

/** Signals dropped, by reason. */
export type DroppedTotals = Readonly<Record<DropReason, number>>;

/**
 * One endpoint, at one moment. At every moment
 * `acceptedTotal = deliveredTotal + sum(droppedTotal) + handedOverTotal + pendingSignals`.
 * Totals count since this process started; what it found on disk then is in
 * `acceptedTotal`.
 */
export interface EndpointSnapshot {
  /** As in the options. */
  readonly name: string;
  /** Without user name, password and query. */
  readonly url: string;
  /** Signals that became durable for this endpoint, or were found so at start. */
  readonly acceptedTotal: number;
  /** Signals that the endpoint took, or that it has already: metadata left out as known. */
  readonly deliveredTotal: number;
  /** Signals that were accepted and given up, by reason. */
  readonly droppedTotal: DroppedTotals;
  /**
   * Signals that were pending when another process took over what they are in; those that come
   * back count as accepted anew. Always 0 where the queue is in files.
   */
  readonly handedOverTotal: number;
  /**
   * What the endpoint took in this process, by kind. In sum it can differ from
   * `deliveredTotal`, which also has metadata that was left out as known, and from
   * which what was taken by a process that died is missing.
   */
  readonly sentByKind: SignalCounts;
  /** What was given up, by kind: rejected, or too many attempts. */
  readonly failedByKind: SignalCounts;
  /** By kind, in requests that were tried again, once for each time. */
  readonly retriedByKind: SignalCounts;
  /** Those of them that were answered with status 429. */
  readonly retried429ByKind: SignalCounts;
  /** Those of them that were answered with a status 5xx. */
  readonly retried5xxByKind: SignalCounts;
  /** By kind, of what became durable in this process. */
  readonly incomingByKind: SignalCounts;
  /** Start timestamps that remote write 1.0 could not carry: their samples were sent without. */
  readonly startsOmittedTotal: number;
  /**
   * Label sets that `writeRelabelConfigs` made the same as another one's: their samples
   * are sent under one name. Counted when the rules see a set first, among those that
   * are remembered.
   */
  readonly mergedSetsTotal: number;
  /** How often the endpoint did not understand remote write 2.0. */
  readonly fallbacksTotal: number;
  /** In which order a backlog is to be sent: `sendOrder` of the options. */
  readonly sendOrder: SendOrder;
  /**
   * Why it is the strict one although the other is asked for: what the endpoint said of
   * samples out of order; without secrets.
   */
  readonly orderRefusal: string | undefined;
  /** What is sent first and what behind it, while there are two lanes. */
  readonly lanes: LanesSnapshot | undefined;
  /** What requests are written as now. */
  readonly protobufMessage: ProtobufMessage;
  /**
   * Signals on disk that have no outcome yet. While `uncountedBatches` is not 0 it
   * is too small, and grows as files found at start are counted.
   */
  readonly pendingSignals: number;
  /** Files on disk that wait or are being sent, counted or not. */
  readonly pendingBatches: number;
  /** Batches found at start whose signals are not in `pendingSignals` yet; 0 soon after. */
  readonly uncountedBatches: number;
  /** Bytes of the files in `pendingBatches`. */
  readonly pendingBytes: number;
  /** `maxDiskBytes` of the options, which bounds `pendingBytes`; 0 when nothing does. */
  readonly diskBytesMax: number;
  /** What waits longer is dropped: the `ttl` of the options, or `sampleAgeLimit` if that is shorter. */
  readonly ttlMs: number;
  /** Files set aside in `quarantine/`. */
  readonly quarantinedTotal: number;
  /** Batches that could not be stored. */
  readonly storeErrorsTotal: number;
  /** Signals that became durable in this process. */
  readonly incomingSignalsTotal: number;
  /**
   * Newest timestamp that came in, in milliseconds since the epoch, at most ten minutes
   * ahead of the clock; 0 before the first.
   */
  readonly incomingNewestMs: number;
  /** Newest timestamp that the endpoint has taken, bounded like `incomingNewestMs`; 0 before the first. */
  readonly sentNewestMs: number;
  /** Signals in requests that were tried again, once for each time. */
  readonly retriedTotal: number;
  /** Those of them that were answered with status 429. */
  readonly retried429Total: number;
  /** Those of them that were answered with a status 5xx. */
  readonly retried5xxTotal: number;
  /** Attempts that had no answer at all. */
  readonly networkErrorsTotal: number;
  /** Compressed bytes of the requests that the endpoint took. */
  readonly sentBytesTotal: number;
  /** Attempts to send a request. */
  readonly requestsTotal: number;
  /** How long they took. */
  readonly requestDuration: HistogramSnapshot;
  /** Bytes of batches written, compressed, without the head of their files. */
  readonly compressedWrittenBytesTotal: number;
  /** The same, before compression. */
  readonly uncompressedWrittenBytesTotal: number;
  /** Bytes of batches read to be sent, compressed, without the head of their files. */
  readonly compressedReadBytesTotal: number;
  /** The same, after decompression. */
  readonly uncompressedReadBytesTotal: number;
  /** Id of the newest batch written; 0 before the first. */
  readonly batchIdWritten: BatchId;
  /** Id of the newest batch read to be sent; 0 before the first. */
  readonly batchIdRead: BatchId;
  /** Refused requests that lie in `rejected/`, and can be sent again. */
  readonly rejectedFiles: number;
  /** The bytes of their files. */
  readonly rejectedBytes: number;
  /** Signals that were refused and came to lie there. */
  readonly rejectedKeptTotal: number;
  /** Signals that were refused and did not, or were removed from there, by reason. */
  readonly rejectedLostTotal: Readonly<Record<RejectedLoss, number>>;
  /** Signals that lay there and were sent again. */
  readonly rejectedSentAgainTotal: number;
  /** Batches that are through and kept in `delivered/`, where `keepDelivered` asks for that. */
  readonly keptDeliveredFiles: number;
  /** The bytes of their files, at least 4,096 of each. */
  readonly keptDeliveredBytes: number;
  /** Signals of such batches that were sent again. */
  readonly replayedTotal: number;
  /** Requests that can be under way at once now. */
  readonly shards: number;
  /** How many shards there should be: it can be more than there may be. */
  readonly shardsDesired: number;
  /** `minShards` of the options, or what stands for it. */
  readonly shardsMin: number;
  /** `maxShards` of the options, or what stands for it. */
  readonly shardsMax: number;
  /** Signals in a request at most: `batchCountMax` of the options, or what stands for it. */
  readonly batchCountMax: number;
  /**
   * For how long the endpoint has refused to be asked ("not you", "not here"), so that
   * what is pending waits: in milliseconds; 0 while it does not.
   */
  readonly refusedMs: number;
  /** The last failure of an attempt, until one succeeds; without secrets. */
  readonly lastError: string | undefined;
  /**
   * When the first attempt came to nothing since the endpoint last took something or
   * refused it for good, in milliseconds since the epoch; 0 where none did.
   */
  readonly failingSinceMs: number;
  /** For how long that has been so, in milliseconds, whatever was done to the clock; 0 where it is not. */
  readonly failingForMs: number;
  /**
   * How far this host's clock is ahead of what the endpoint said last (below 0: behind
   * it), in the Date of an answer; while `clockConfirmed` is false, of what it showed
   * itself at the start.
   */
  readonly clockAheadMs: number;
  /** The endpoint has said what time it is. */
  readonly clockConfirmed: boolean;
}

/** One of the two lanes of an endpoint. */
export interface LaneSnapshot {
  /** Files on disk that wait or are being sent. */
  readonly pendingBatches: number;
  /** For how long the oldest of them has been there, or a little less; 0 when there is none. */
  readonly oldestAgeMs: number;
}

/** What is sent first, and what behind it. */
export interface LanesSnapshot {
  /** Id of the oldest batch that is fresh: all before it are the backlog. */
  readonly firstFreshId: BatchId;
  /** What came in since the backlog was left behind. */
  readonly fresh: LaneSnapshot;
  /** What was there before, and waits behind it. */
  readonly backlog: LaneSnapshot;
}

/** In which order an endpoint is sent what it gets. */
export type OrderSnapshot = Pick<EndpointSnapshot, "sendOrder" | "orderRefusal" | "lanes">;
