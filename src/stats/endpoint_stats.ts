import type {
  AttemptEvent,
  BatchId,
  Clock,
  EncodedBatch,
  EndpointEvents,
  RejectedLoss,
  RejectedTotals,
  SendOrder,
  SentAgain,
  StoreTotals,
} from "../contracts.ts";
import {
  type DropReason,
  NOTHING_DROPPED,
  type ProtobufMessage,
  type SignalCounts,
} from "../types.ts";
import { HighestTimestamp } from "./highest_timestamp.ts";
import { DurationHistogram, type HistogramSnapshot } from "./histogram.ts";
import { type RecentAnswer, RecentAnswers } from "./recent_answers.ts";

/** Signals dropped, by reason. */
export type DroppedTotals = Readonly<Record<DropReason, number>>;

/**
 * One endpoint, at one moment. At every moment
 * `acceptedTotal = deliveredTotal + sum(droppedTotal) + pendingSignals`.
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

const NOTHING_KEPT = {
  rejected: {
    files: 0,
    bytes: 0,
    kept: 0,
    lost: { off: 0, storage: 0, storm: 0, bytes: 0, files: 0, age: 0, corrupt: 0 },
    sentAgain: 0,
  },
  delivered: { files: 0, bytes: 0, replayed: 0 },
};

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

const STRICT: OrderSnapshot = { sendOrder: "strict", orderRefusal: undefined, lanes: undefined };

/** Adds up what the stages of one endpoint tell. */
export class EndpointStats implements EndpointEvents {
  readonly #clock: Pick<Clock, "nowMs" | "monotonicMs">;
  #accepted = 0;
  readonly #sentByKind = noSignals();
  readonly #failedByKind = noSignals();
  readonly #retriedByKind = noSignals();
  readonly #retried429ByKind = noSignals();
  readonly #retried5xxByKind = noSignals();
  readonly #incomingByKind = noSignals();
  #startsOmitted = 0;
  #mergedSets = 0;
  #fallbacks = 0;
  #delivered = 0;
  readonly #dropped: Record<DropReason, number> = { ...NOTHING_DROPPED };
  #quarantined = 0;
  #storeErrors = 0;
  #incomingSignals = 0;
  readonly #incomingNewest = new HighestTimestamp();
  readonly #sentNewest = new HighestTimestamp();
  #networkErrors = 0;
  #sentBytes = 0;
  #requests = 0;
  readonly #requestDuration = new DurationHistogram();
  #compressedWritten = 0;
  #uncompressedWritten = 0;
  #compressedRead = 0;
  #uncompressedRead = 0;
  #idWrittenFirst = 0;
  #idWritten = 0;
  #idRead = 0;
  #lastError: string | undefined;
  #failingSinceMs = 0;
  /** The same by the clock that nobody sets; undefined where nothing fails. */
  #failingSinceMonotonicMs: number | undefined;
  readonly #answers = new RecentAnswers();

  constructor(clock: Pick<Clock, "nowMs" | "monotonicMs">) {
    this.#clock = clock;
  }

  stored(event: { id: BatchId; batch: EncodedBatch; again?: SentAgain | undefined }): void {
    const signals = event.batch.series + event.batch.metadata;
    this.#accepted += signals;
    // What is sent again has come in before.
    if (event.again === undefined) {
      this.#incomingSignals += signals;
      addUp(this.#incomingByKind, event.batch.kinds);
      this.#incomingNewest.see(event.batch, this.#clock.nowMs());
    }
    this.#compressedWritten += event.batch.data.length;
    this.#uncompressedWritten += event.batch.uncompressedBytes;
    this.#idWritten = event.id;
    this.#idWrittenFirst ||= event.id;
  }

  storeFailed(_message: string): void {
    this.#storeErrors++;
  }

  loaded(event: { id: BatchId; compressedBytes: number; uncompressedBytes: number }): void {
    this.#idRead = event.id;
    this.#compressedRead += event.compressedBytes;
    this.#uncompressedRead += event.uncompressedBytes;
  }

  recovered(event: { signals: number }): void {
    this.#accepted += event.signals;
  }

  putBack(event: { signals: number }): void {
    this.#accepted += event.signals;
  }

  quarantined(event: { signals: number }): void {
    this.#quarantined++;
    this.#dropped.corrupt += event.signals;
  }

  settled(event: { outcome: "delivered" | DropReason; signals: number }): void {
    if (event.outcome === "delivered") this.#delivered += event.signals;
    else this.#dropped[event.outcome] += event.signals;
  }

  get #failingForMs(): number {
    const sinceMs = this.#failingSinceMonotonicMs;
    // What has just begun is not nothing.
    return sinceMs === undefined ? 0 : Math.max(1, this.#clock.monotonicMs() - sinceMs);
  }

  attempted(event: AttemptEvent): void {
    const nowMs = this.#clock.nowMs();
    this.#answers.add(event, nowMs);
    if (event.outcome === "delivered" || event.outcome === "rejected") {
      this.#failingSinceMs = 0;
      this.#failingSinceMonotonicMs = undefined;
    } else {
      this.#failingSinceMs ||= nowMs;
      this.#failingSinceMonotonicMs ??= this.#clock.monotonicMs();
    }
    this.#requests++;
    this.#requestDuration.observe(event.durationMs);
    addUp(this.#sentByKind, event.written);
    if (event.outcome === "delivered") {
      this.#sentBytes += event.bytes;
      this.#sentNewest.see(event, nowMs);
    }
    // Also of a request that was taken in part.
    this.#lastError = event.error;
    if (event.status === undefined) this.#networkErrors++;
    if (event.outcome === "retried") this.#addRetried(event);
    else addUp(this.#failedByKind, without(event.kinds, event.written));
  }

  #addRetried({ status, kinds }: AttemptEvent): void {
    addUp(this.#retriedByKind, kinds);
    if (status === 429) addUp(this.#retried429ByKind, kinds);
    else if (status !== undefined && status >= 500) addUp(this.#retried5xxByKind, kinds);
  }

  startsOmitted(event: { signals: number }): void {
    this.#startsOmitted += event.signals;
  }

  merged(event: { sets: number }): void {
    this.#mergedSets += event.sets;
  }

  fellBack(): void {
    this.#fallbacks++;
  }

  /** The last answers, the oldest first. */
  get answers(): RecentAnswer[] {
    return this.#answers.list();
  }

  /** Which batches came in, and how far what was sent is behind them by its timestamps. */
  get takenIn(): {
    firstId: BatchId;
    newestId: BatchId;
    driftMs: number | undefined;
    sentNewestMs: number;
  } {
    const nowMs = this.#clock.nowMs();
    const [inMs, outMs] = [this.#incomingNewest.at(nowMs), this.#sentNewest.at(nowMs)];
    return {
      firstId: this.#idWrittenFirst,
      newestId: this.#idWritten,
      driftMs: inMs > 0 && outMs > 0 ? inMs - outMs : undefined,
      sentNewestMs: outMs,
    };
  }

  snapshot(
    of: {
      name: string;
      url: string;
      shards: number;
      shardsDesired?: number;
      shardsMin?: number;
      shardsMax?: number;
      batchCountMax: number;
      diskBytesMax?: number;
      ttlMs?: number;
      totals: StoreTotals;
      protobufMessage?: ProtobufMessage;
      time?: { readonly aheadMs: number; readonly isConfirmed: boolean };
      refusedMs?: number;
      kept?: {
        rejected: RejectedTotals;
        delivered: { files: number; bytes: number; replayed: number };
      };
      order?: OrderSnapshot;
    },
  ): EndpointSnapshot {
    const { rejected, delivered } = of.kept ?? NOTHING_KEPT;
    return {
      name: of.name,
      url: of.url,
      acceptedTotal: this.#accepted,
      deliveredTotal: this.#delivered,
      droppedTotal: { ...this.#dropped },
      sentByKind: { ...this.#sentByKind },
      failedByKind: { ...this.#failedByKind },
      retriedByKind: { ...this.#retriedByKind },
      retried429ByKind: { ...this.#retried429ByKind },
      retried5xxByKind: { ...this.#retried5xxByKind },
      incomingByKind: { ...this.#incomingByKind },
      startsOmittedTotal: this.#startsOmitted,
      mergedSetsTotal: this.#mergedSets,
      fallbacksTotal: this.#fallbacks,
      ...(of.order ?? STRICT),
      protobufMessage: of.protobufMessage ?? "prometheus.WriteRequest",
      pendingSignals: of.totals.signals,
      pendingBatches: of.totals.batches,
      uncountedBatches: of.totals.uncounted,
      pendingBytes: of.totals.bytes,
      diskBytesMax: of.diskBytesMax ?? 0,
      ttlMs: of.ttlMs ?? 0,
      quarantinedTotal: this.#quarantined,
      storeErrorsTotal: this.#storeErrors,
      incomingSignalsTotal: this.#incomingSignals,
      incomingNewestMs: this.#incomingNewest.at(this.#clock.nowMs()),
      sentNewestMs: this.#sentNewest.at(this.#clock.nowMs()),
      retriedTotal: sumOf(this.#retriedByKind),
      retried429Total: sumOf(this.#retried429ByKind),
      retried5xxTotal: sumOf(this.#retried5xxByKind),
      networkErrorsTotal: this.#networkErrors,
      sentBytesTotal: this.#sentBytes,
      requestsTotal: this.#requests,
      requestDuration: this.#requestDuration.snapshot(),
      compressedWrittenBytesTotal: this.#compressedWritten,
      uncompressedWrittenBytesTotal: this.#uncompressedWritten,
      compressedReadBytesTotal: this.#compressedRead,
      uncompressedReadBytesTotal: this.#uncompressedRead,
      batchIdWritten: this.#idWritten,
      batchIdRead: this.#idRead,
      rejectedFiles: rejected.files,
      rejectedBytes: rejected.bytes,
      rejectedKeptTotal: rejected.kept,
      rejectedLostTotal: rejected.lost,
      rejectedSentAgainTotal: rejected.sentAgain,
      keptDeliveredFiles: delivered.files,
      keptDeliveredBytes: delivered.bytes,
      replayedTotal: delivered.replayed,
      shards: of.shards,
      shardsDesired: of.shardsDesired ?? of.shards,
      shardsMin: of.shardsMin ?? of.shards,
      shardsMax: of.shardsMax ?? of.shards,
      batchCountMax: of.batchCountMax,
      refusedMs: of.refusedMs ?? 0,
      lastError: this.#lastError,
      failingSinceMs: this.#failingSinceMs,
      failingForMs: this.#failingForMs,
      clockAheadMs: of.time?.aheadMs ?? 0,
      clockConfirmed: of.time?.isConfirmed ?? false,
    };
  }
}

type Counts = { -readonly [kind in keyof SignalCounts]: number };

function noSignals(): Counts {
  return { samples: 0, histograms: 0, exemplars: 0, metadata: 0 };
}

function addUp(sum: Counts, more: SignalCounts): void {
  sum.samples += more.samples;
  sum.histograms += more.histograms;
  sum.exemplars += more.exemplars;
  sum.metadata += more.metadata;
}

function without(all: SignalCounts, some: SignalCounts): SignalCounts {
  return {
    samples: all.samples - some.samples,
    histograms: all.histograms - some.histograms,
    exemplars: all.exemplars - some.exemplars,
    metadata: all.metadata - some.metadata,
  };
}

function sumOf({ samples, histograms, exemplars, metadata }: SignalCounts): number {
  return samples + histograms + exemplars + metadata;
}
