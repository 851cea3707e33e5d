import type {
  AttemptEvent,
  BatchId,
  Clock,
  EncodedBatch,
  EndpointEvents,
  RejectedTotals,
  SentAgain,
  StoreTotals,
} from "../contracts.ts";
import {
  type DropReason,
  NOTHING_DROPPED,
  type ProtobufMessage,
  type SignalCounts,
} from "../types.ts";
import type { EndpointSnapshot, OrderSnapshot } from "./endpoint_snapshot.ts";
import { HighestTimestamp } from "./highest_timestamp.ts";
import { DurationHistogram } from "./histogram.ts";
import { type RecentAnswer, RecentAnswers } from "./recent_answers.ts";

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

const STRICT: OrderSnapshot = { sendOrder: "strict", orderRefusal: undefined, lanes: undefined };

/** Adds up what the stages of one endpoint tell. */
export class EndpointStats implements EndpointEvents {
  readonly #clock: Pick<Clock, "nowMs" | "monotonicMs">;
  #accepted = 0;
  #handedOver = 0;
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

  followed(event: {
    id: BatchId;
    signals: number;
    times: { readonly oldestMs: number; readonly newestMs: number } | undefined;
  }): void {
    this.#accepted += event.signals;
    this.#incomingSignals += event.signals;
    if (event.times !== undefined) this.#incomingNewest.see(event.times, this.#clock.nowMs());
    this.#idWritten = event.id;
    this.#idWrittenFirst ||= event.id;
  }

  handedOver(event: { signals: number }): void {
    this.#handedOver += event.signals;
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
      handedOverTotal: this.#handedOver,
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
