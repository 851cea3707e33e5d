import type {
  AgeJudge,
  BatchId,
  BatchLane,
  BatchReader,
  Clock,
  EndpointEvents,
  Lease,
  Logger,
  RequestBody,
  RequestPart,
  RoutedDrops,
  SealedRequest,
  SelectSignals,
  SentAgain,
  SettleParts,
} from "../contracts.ts";
import type { DropReason } from "../types.ts";
import { Actor } from "../actor/actor.ts";
import { backoffMs } from "../actor/backoff.ts";
import { sleep } from "../actor/sleep.ts";
import { Waiters } from "../actor/waiters.ts";
import { FileSystemError, messageOf, StreamError, WalqError } from "../errors.ts";
import { Clearing } from "./clearing.ts";
import { Departures } from "./departures.ts";
import type { FailedBatches } from "./failed_batches.ts";
import { Ledger } from "./ledger.ts";
import { OpenRequests } from "./open_requests.ts";
import { signalsIn } from "../parts.ts";
import { selectSignals } from "./select.ts";
import { SignalsLog } from "./signals_log.ts";

const READ_RETRY_FIRST_MS = 1000;
const READ_RETRY_MS_MAX = 30_000;
/** Files that are through and not deleted yet. */
export const ACKS_AT_ONCE_MAX = 64;
const ROUTED_DROPS: readonly (keyof RoutedDrops)[] = [
  "filtered",
  "nhcb_in_rw1_not_supported",
  "exemplar_without_sample",
  "metadata_without_series",
  "unsupported",
  "dropped_series",
  "relabeled_too_large",
];

/** The stage behind this one: where sealed requests go. */
export interface Network {
  start(): void;
  stop(): Promise<void>;
  /** True while the shard has a request that waits or is on its way. */
  isBusy(shard: number): boolean;
  /** True when every request that was handed over has its outcome. */
  readonly isClear: boolean;
  /** True while a shard waits, after an attempt that came to nothing. */
  readonly isHeld: boolean;
  /** Has so many shards from now on; it must be clear. */
  reshard(shards: number): Promise<void>;
  trySend(shard: number, request: SealedRequest): boolean;
  send(shard: number, request: SealedRequest, signal: AbortSignal): Promise<boolean>;
}

/** What an {@link Endpoint} is made of. */
interface EndpointContext {
  readonly store: BatchLane;
  readonly reader: BatchReader;
  readonly clock: Clock;
  readonly age: AgeJudge;
  readonly events: EndpointEvents;
  readonly logger: Logger;
  /** How many there are at first. */
  readonly shards: number;
  readonly ttlMs: number;
  /** A request with so many signals leaves at once, where its shard has nothing to do. */
  readonly requestSignals: number;
  readonly flushIntervalMs: number;
  /** What endpoints before this one failed with. */
  readonly failed: FailedBatches;
  /** Makes the network, which is this endpoint's child. */
  readonly network: (dependencies: NetworkDependencies) => Network;
  /** Told once when a bug broke this endpoint: it must be stopped and replaced. */
  readonly onFailure: (error: unknown) => void;
}

/** What the network asks of the endpoint. */
export interface NetworkDependencies {
  readonly select: SelectSignals;
  /** The bytes of a request without snappy. */
  readonly plain: (request: SealedRequest) => Uint8Array;
  readonly settle: SettleParts;
  /** A request has its outcome. */
  readonly settled: (body: RequestBody, isDelivered: boolean) => void;
  /** See {@link BatchReader.recycle}. */
  readonly recycle: (body: RequestBody) => void;
  /** The shard has nothing to do. */
  readonly onIdle: (shard: number) => void;
  /** A shard begins to wait, after an attempt that came to nothing. */
  readonly onHeld: () => void;
}

/**
 * Takes batches out of the store, deals their signals to the shards and acks a
 * batch when every signal of it has an outcome. It reads no faster than the
 * network sends: what it holds is one batch and the shards' requests.
 */
export class Endpoint {
  readonly #context: EndpointContext;
  readonly #ledger = new Ledger();
  readonly #log: SignalsLog;
  readonly #requests: OpenRequests;
  readonly #network: Network;
  readonly #actor: Actor;
  readonly #departures: Departures;
  #shards: number;
  /** How many there are to be. */
  #wanted: number;
  /** The batch whose signals are being dealt. */
  #atHand: BatchId | undefined;
  readonly #clearing: Clearing;
  /** Those who wait until nothing is under way, however long that takes. */
  readonly #waiters = new Waiters();
  /** What is being dealt is sent again on purpose, and how. */
  #again: SentAgain | undefined;
  readonly #acking = new Set<Promise<void>>();
  /** Ends the wait for a store that is through. */
  readonly #givingBack = new AbortController();
  #stopped = false;
  /** A call of the reader met a bug, and the open requests are lost with it. */
  #isBroken = false;

  constructor(context: EndpointContext) {
    this.#context = context;
    this.#log = new SignalsLog(context.clock, context.logger);
    this.#requests = new OpenRequests(context.reader, context.shards);
    this.#shards = this.#wanted = context.shards;
    this.#clearing = new Clearing(context.clock, () => this.#isClear);
    this.#network = context.network({
      select: (request, which) =>
        this.#blaming(
          batchesOf(request.parts),
          () => selectSignals(context.reader, request, which),
        ),
      plain: ({ body, parts }) => this.#blaming(batchesOf(parts), () => context.reader.plain(body)),
      settle: (parts, outcome) => this.#settle(parts, outcome),
      settled: (body, isDelivered) => {
        // What a reader that is to be replaced knows of metadata is of no use.
        if (!this.#isBroken) this.#blaming([], () => context.reader.settled(body, isDelivered));
      },
      recycle: (body) => context.reader.recycle(body),
      onIdle: (shard) => {
        this.#departures.idle(shard);
        this.#clearing.look();
        this.#waiters.changed();
      },
      onHeld: () => this.#clearing.giveUp(),
    });
    const { clock, requestSignals, flushIntervalMs } = context;
    this.#departures = new Departures({
      clock,
      requestSignals,
      flushIntervalMs,
      requests: this.#requests,
      network: this.#network,
      mayLeave: () => !this.#stopped && !this.#isBroken,
      seal: (shard) => this.#seal(shard),
      onFailure: (error) => this.#fail(error),
    });
    this.#actor = new Actor((signal) => this.#run(signal), context.onFailure);
  }

  /** Signals in the store that have no outcome yet. */
  get pendingSignals(): number {
    return this.#context.store.totals().signals - this.#ledger.settledSignals;
  }

  /** Signals that have an outcome and that the store counts as pending. */
  get settledSignals(): number {
    return this.#ledger.settledSignals;
  }

  /** How many requests can be under way at once. */
  get shards(): number {
    return this.#shards;
  }

  /** The batch whose signals are being dealt to the shards; undefined while there is none to be had. */
  get atHand(): BatchId | undefined {
    return this.#atHand;
  }

  /**
   * Goes over to so many shards before it deals on: not while a shard waits since an
   * attempt came to nothing, or one that hangs keeps the others waiting. Then it has to
   * be asked again.
   */
  reshard(shards: number): void {
    this.#wanted = shards;
  }

  start(): void {
    this.#network.start();
    this.#actor.start();
  }

  /**
   * Sends without waiting for full requests; true when all that the store may give has
   * its outcome, false when this endpoint was stopped before.
   */
  drained(): Promise<boolean> {
    this.#departures.drain();
    for (let shard = 0; shard < this.#shards; shard++) this.#departures.dealt(shard);
    return this.#context.store.through(this.#givingBack.signal);
  }

  /** Interrupts reading and sending at once. What has no outcome goes back to the store. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#actor.stop();
    await this.#network.stop();
    this.#departures.stop();
    await Promise.all(this.#acking);
    // Settled signals of batches that are not done are sent again with the rest: they are pending.
    const again = this.#ledger.clear();
    if (again > 0) this.#context.events.putBack({ signals: again });
    this.#givingBack.abort();
    this.#context.store.release();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      // A disk that deletes more slowly than the endpoint answers holds it back.
      while (this.#acking.size >= ACKS_AT_ONCE_MAX) await Promise.race(this.#acking);
      const lease = await this.#next(signal);
      if (lease === undefined) return;
      this.#atHand = lease.id;
      await this.#deal(lease, signal);
      this.#atHand = undefined;
    }
  }

  /** The next batch, however long the disk refuses to give it. */
  async #next(signal: AbortSignal): Promise<Lease | undefined> {
    const { store, clock, logger } = this.#context;
    for (let failures = 0;; failures++) {
      try {
        return await store.next(signal);
      } catch (error) {
        if (!isOfHost(error)) throw error;
        logger.error("cannot read a batch; trying again", { error: error.message });
        await sleep(clock, backoffMs(failures, READ_RETRY_FIRST_MS, READ_RETRY_MS_MAX), signal);
      }
    }
  }

  async #deal(lease: Lease, signal: AbortSignal): Promise<void> {
    if (!await this.#apart(lease.again, signal)) return;
    // A batch that an endpoint failed with goes alone: the next failure is then its own.
    const isSuspect = this.#context.failed.isSuspect(lease.id);
    if (isSuspect && !await this.#sendOpen(signal)) return;
    if (!await this.#load(lease)) return;
    if (!await this.#route(lease, signal)) return;
    if (isSuspect && !await this.#sendOpen(signal)) return;
    for (let shard = 0; shard < this.#shards; shard++) this.#departures.dealt(shard);
  }

  /**
   * What is sent again shares no request with the rest, as it knows no ttl and may have its
   * labels already; by those it may belong to another shard, and so nothing may be under
   * way either when one follows the other. False when interrupted.
   */
  async #apart(again: SentAgain | undefined, signal: AbortSignal): Promise<boolean> {
    if (again === this.#again) return true;
    if (!await this.#sendOpen(signal)) return false;
    if (!await this.#waiters.until(() => this.#isClear, signal)) return false;
    this.#again = again;
    return true;
  }

  /** Sends all open requests: what comes next shares none with what was before. False when interrupted. */
  async #sendOpen(signal: AbortSignal): Promise<boolean> {
    for (let shard = 0; shard < this.#shards; shard++) {
      if (!this.#requests.has(shard)) continue;
      if (!await this.#network.send(shard, this.#seal(shard), signal)) return false;
    }
    return true;
  }

  /** False when interrupted. */
  async #route(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { reader, age, ttlMs, requestSignals } = this.#context;
    for (;;) {
      if (this.#wanted !== this.#shards && !await this.#changeShards(signal)) return false;
      const routed = this.#blaming([lease.id], () => {
        const result = reader.route(lease.again === undefined ? age.cutoffMs(ttlMs) : -Infinity);
        this.#requests.attribute(lease.id);
        return result;
      });
      this.#drop(lease, "ttl", routed.expired);
      for (const reason of ROUTED_DROPS) this.#drop(lease, reason, routed.dropped[reason]);
      if (routed.startsOmitted > 0) {
        this.#context.events.startsOmitted({ signals: routed.startsOmitted });
      }
      if (routed.known > 0) {
        this.#settle([{ batchId: lease.id, signals: routed.known }], "delivered");
      }
      const isThrough = routed.fullShard < 0;
      const full = isThrough ? this.#requests.overfull(requestSignals) : routed.fullShard;
      if (full < 0) return true;
      const request = this.#seal(full);
      // While this shard is waited for, the requests of the others must not wait with it.
      for (let shard = 0; shard < this.#shards; shard++) this.#departures.goesOn(shard);
      if (!await this.#network.send(full, request, signal)) return false;
      if (isThrough) return true;
    }
  }

  /**
   * Goes over to another number of shards. A series may move to another shard by that: all
   * that was sent must have its outcome before any more leaves. False when interrupted.
   */
  async #changeShards(signal: AbortSignal): Promise<boolean> {
    const shards = this.#wanted;
    this.#wanted = this.#shards;
    if (!await this.#clear(signal)) return !signal.aborted;
    await this.#network.reshard(shards);
    this.#blaming([], () => this.#requests.reshard(shards));
    this.#shards = this.#wanted = shards;
    return true;
  }

  /** Sends what is open. True when all has its outcome; false when a shard has to wait before, it takes too long, or when interrupted. */
  #clear(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#network.isHeld) return Promise.resolve(false);
    for (let shard = 0; shard < this.#shards; shard++) this.#departures.flush(shard);
    return this.#clearing.wait(signal);
  }

  /** Nothing that was taken from the reader is without an outcome. */
  get #isClear(): boolean {
    return this.#network.isClear && this.#requests.isEmpty;
  }

  /** False when the batch cannot be read, or is to blame for too many failures; it is in quarantine then. */
  async #load(lease: Lease): Promise<boolean> {
    const { store, failed } = this.#context;
    let signals = 0;
    try {
      const reason = failed.verdict(lease.id);
      if (reason !== undefined) throw new WalqError("CORRUPT", reason);
      signals = this.#blaming([lease.id], () => this.#read(lease));
    } catch (error) {
      // Anything else is a bug: it takes more than one failure to give the batch up.
      if (!(error instanceof WalqError)) throw error;
      await store.quarantine(lease.id, error.message);
      failed.forget(lease.id);
      return false;
    }
    this.#ledger.open(lease.id, signals, lease.signals);
    if (signals === 0) this.#close(lease.id, 0);
    return true;
  }

  /** Takes the batch in. Returns how many signals it has: more than its head says where that counts records. */
  #read(lease: Lease): number {
    const { reader, events } = this.#context;
    const { signals, counted, uncompressedBytes, merged } = reader.load(lease);
    events.loaded({
      id: lease.id,
      signals,
      compressedBytes: lease.data.length,
      uncompressedBytes,
    });
    if (merged !== undefined) {
      events.merged({ sets: merged.sets });
      this.#log.merged(merged);
    }
    if (counted === lease.signals) return signals;
    reader.discard();
    throw new WalqError("CORRUPT", `got ${counted} signals, expected ${lease.signals}`);
  }

  /**
   * A call that is all about these batches: if it meets a bug, they are remembered.
   * After a bug no call is made: what the reader holds is not what is known of it.
   */
  #blaming<Result>(ids: Iterable<BatchId>, call: () => Result): Result {
    if (this.#isBroken) throw new Error("the endpoint has met a bug and waits to be replaced");
    try {
      return call();
    } catch (error) {
      if (!(error instanceof WalqError)) {
        this.#isBroken = true;
        this.#context.failed.note(ids, error);
      }
      throw error;
    }
  }

  #drop(lease: Lease, reason: DropReason, signals: number): void {
    if (signals > 0) this.#settle([{ batchId: lease.id, signals }], reason);
  }

  #seal(shard: number): SealedRequest {
    this.#departures.left(shard);
    const request = this.#blaming(
      this.#requests.batches(shard),
      () => this.#requests.seal(shard),
    );
    return this.#again === undefined ? request : { ...request, isSentAgain: true };
  }

  #settle(parts: readonly RequestPart[], outcome: "delivered" | DropReason): void {
    if (outcome !== "delivered") this.#log.dropped(outcome, signalsIn(parts));
    for (const { batchId, signals } of parts) this.#close(batchId, signals, outcome);
  }

  #close(batchId: number, signals: number, outcome?: "delivered" | DropReason): void {
    const { events, store, failed } = this.#context;
    const uncounted = this.#ledger.uncounted(batchId, signals);
    if (uncounted > 0) events.recovered({ batches: 0, signals: uncounted });
    if (outcome) events.settled({ outcome, signals });
    if (!this.#ledger.settle(batchId, signals)) return;
    failed.forget(batchId);
    const acked = store.ack(batchId)
      .catch((error) => this.#fail(error))
      .finally(() => this.#acking.delete(acked));
    this.#acking.add(acked);
  }

  /** A bug that no work loop would tell of. */
  #fail(error: unknown): void {
    const { logger, onFailure } = this.#context;
    if (!this.#stopped) return onFailure(error);
    // Its successor is on its way already.
    logger.error("endpoint failed while it stopped", { error: messageOf(error) });
  }
}

/** The batch is not at fault: it stays, and is asked for again. */
function isOfHost(error: unknown): error is Error {
  return error instanceof FileSystemError || error instanceof StreamError ||
    (error instanceof WalqError && error.code === "UNSUPPORTED_RUNTIME");
}

function batchesOf(parts: readonly RequestPart[]): BatchId[] {
  return parts.map(({ batchId }) => batchId);
}
