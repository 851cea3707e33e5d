import type {
  AgeJudge,
  BatchCounts,
  BatchId,
  BatchLane,
  BatchStore,
  CancelTimer,
  SetAsideBatch,
} from "./contracts.ts";
import { SerialExecutor } from "./actor/serial_executor.ts";
import { ClockWatch } from "./clock/clock_watch.ts";
import { EndpointTime } from "./clock/endpoint_time.ts";
import type { Endpoint } from "./endpoint/endpoint.ts";
import { FailedBatches } from "./endpoint/failed_batches.ts";
import { messageOf, WalqError } from "./errors.ts";
import type { DeliveredBatches } from "./filequeue/delivered_batches.ts";
import { Gate } from "./network/gate.ts";
import { Leveller } from "./network/leveller.ts";
import { sharedOf } from "./network/manager.ts";
import { Outage } from "./network/outage.ts";
import type { ResolvedEndpoint } from "./options.ts";
import { Access } from "./pipeline/access.ts";
import type { PipelineContext, PipelineRules } from "./pipeline/context.ts";
import { FallBack } from "./pipeline/fall_back.ts";
import { Kept } from "./pipeline/kept.ts";
import { openStore, storeRules } from "./pipeline/open_store.ts";
import { olderBatches } from "./pipeline/older_batches.ts";
import { FreshFirst } from "./pipeline/fresh_first.ts";
import { Lanes, type MadeLane } from "./pipeline/lanes.ts";
import { onDisk } from "./pipeline/on_disk.ts";
import { makeEndpoint } from "./pipeline/make_endpoint.ts";
import { OrderProbe, probeLabels } from "./pipeline/order_probe.ts";
import { shownUrl } from "./shown_url.ts";
import type { ProtobufMessage } from "./types.ts";
import type { EndpointDetails } from "./stats/endpoint_details.ts";
import type { EndpointSnapshot } from "./stats/endpoint_snapshot.ts";
import type { EndpointStats } from "./stats/endpoint_stats.ts";

const RESTART_DELAY_MS = 1000;
/** Said of a clock that is far from what the endpoint says. */
const ENDPOINT_WORDS = {
  other: "the endpoint's",
  consequence: "the ttl goes by the earlier of the two",
};
/** The same before the endpoint has said anything. */
const START_WORDS = {
  other: "where it was at the start",
  consequence: "that counts for the ttl when the endpoint has confirmed it",
};

/** What a change of the options makes of an orphan: an endpoint again, or the orphan of another one. */
type OrphanChange = "is_endpoint" | "goes_elsewhere";

/** All that belongs to one endpoint: filequeue -> endpoint -> network, and its counters. */
export class Pipeline {
  readonly name: string;
  readonly store: BatchStore;
  /** What the endpoint says of the time. */
  readonly time: EndpointTime;
  readonly #age: AgeJudge;
  readonly #context: PipelineContext;
  readonly #stats: EndpointStats;
  readonly #failed = new FailedBatches();
  readonly #gate: Gate;
  readonly #outage: Outage;
  readonly #leveller: Leveller;
  readonly #access: Access;
  readonly #fallBack: FallBack;
  readonly #kept: Kept;
  readonly #freshFirst: FreshFirst;
  #options: ResolvedEndpoint;
  #ttlMs: number;
  #lanes: Lanes;
  #cancelRestart: CancelTimer | undefined;
  /** Replacements of the endpoint, one after the other. */
  readonly #changes = new SerialExecutor();
  #started = false;
  /** Only batches with smaller ids are sent. */
  #below: BatchId = Infinity;
  /** See {@link Pipeline.suspend}. */
  #suspendedFor: string | undefined;
  #mustKeepDeleted = false;
  /** The next endpoint asks again where requests were refused. */
  #mustAsk = false;
  #stopped = false;
  /** Ends what takes long. */
  readonly #stopping = new AbortController();
  #whenDrained: (() => void) | undefined;
  #onThrough: (() => void) | undefined;

  private constructor(
    context: PipelineContext,
    parts: {
      options: ResolvedEndpoint;
      ttlMs: number;
      store: BatchStore;
      stats: EndpointStats;
      delivered: DeliveredBatches;
    },
  ) {
    this.#context = context;
    this.name = parts.options.name;
    this.store = parts.store;
    this.#stats = parts.stats;
    this.#options = parts.options;
    this.#ttlMs = parts.ttlMs;
    const { logger } = context;
    const { clock, random } = context.platform;
    const watch = new ClockWatch(clock, logger);
    this.time = new EndpointTime(clock, context.start);
    const look = (): void =>
      watch.look(this.time.aheadMs, this.time.isConfirmed ? ENDPOINT_WORDS : START_WORDS);
    const { stream } = context;
    this.#access = new Access(parts.options, {
      maySend: stream && (() => stream.maySend),
      platform: context.platform,
      kernel: context.kernel,
      logger,
      time: this.time,
      onDate: (dateMs) => {
        this.time.heard(dateMs);
        look();
      },
    });
    this.#age = {
      cutoffMs: (ttlMs) => {
        look();
        return this.time.cutoffMs(ttlMs);
      },
    };
    this.#kept = new Kept({
      ...context,
      endpoint: this.name,
      directory: `${context.dataPath}/${this.name}`,
      age: this.#age,
      store: parts.store,
      delivered: parts.delivered,
      partitions: stream?.partitions ?? 1,
    }, parts.options);
    this.#gate = new Gate({ clock, random, logger });
    this.#outage = new Outage({ clock, logger }, () => this.#lanes.pendingSignals);
    this.#leveller = new Leveller(parts.options, {
      clock,
      logger,
      endpoint: () => this.#lanes,
      takenIn: () => this.#stats.takenIn,
      isShut: () => this.#gate.shutForMs > 0,
    });
    this.#fallBack = new FallBack({
      clock,
      logger,
      onFallBack: () => this.#stats.fellBack(),
      onChange: () => void this.#replaceSoon(),
    });
    this.#freshFirst = new FreshFirst(parts.options, {
      clock,
      logger,
      lanes: () => this.#lanes,
      takenIn: () => this.#stats.takenIn,
      // What an orphan has is sent in its turn, and all else waits for it.
      mayPart: () => this.#maySend && this.#below === Infinity,
      probe: (newestMs, lateByMs, signal) => this.#probe().ask(newestMs, lateByMs, signal),
      onStrict: () => void this.#replaceSoon(),
    });
    this.#lanes = this.#makeLanes(parts.options.minShards);
  }

  /** Opens the endpoint's directory; sends nothing yet. */
  static async open(
    context: PipelineContext,
    options: ResolvedEndpoint,
    rules: PipelineRules,
  ): Promise<Pipeline> {
    let endTurnBehind = (_id: BatchId): void => {};
    const opened = await openStore(context, options, rules, (id) => endTurnBehind(id));
    const { logger, ...parts } = opened;
    const pipeline = new Pipeline({ ...context, logger }, {
      options,
      ttlMs: rules.ttlMs,
      ...parts,
    });
    endTurnBehind = (id) => pipeline.#endTurnBehind(id);
    return pipeline;
  }

  /**
   * A turn goes on over ids that another directory has too, as those are the same batches.
   * What is set aside was none of them: the other one's is still to be sent.
   */
  #endTurnBehind(id: BatchId): void {
    const next = id + 1;
    if (this.#below < Infinity && next < this.#below) void this.sendBelow(next);
  }

  /** @param onThrough see {@link Pipeline.sendBelow} */
  start(onThrough?: () => void): void {
    this.#started = true;
    this.#kept.start();
    this.#onThrough = onThrough;
    this.#leveller.start();
    this.#freshFirst.start();
    if (!this.#maySend) return;
    this.#lanes.start();
    this.#drain();
  }

  /** Keeps taking batches and sends none, since others are to be sent before them. Resolves when that is so. */
  pause(): Promise<void> {
    return this.sendBelow(0);
  }

  /**
   * Sends what is older than this, without waiting for full requests, and tells when
   * all of it has its outcome; with Infinity, all there is and will be.
   */
  async sendBelow(id: BatchId): Promise<void> {
    if (this.#below === id) return;
    this.#below = id;
    this.#lanes.giveBelow(id);
    if (this.#started) await this.#replaceSoon();
  }

  /**
   * Stops or resumes sending and deleting: the batches may be another process's by now.
   *
   * @param why in words; undefined to resume
   */
  async suspend(why: string | undefined): Promise<void> {
    const wasSuspended = this.#suspendedFor !== undefined;
    this.#suspendedFor = why;
    if (wasSuspended !== (why !== undefined) && this.#started) await this.#replaceSoon();
  }

  /** Takes nothing more; resolves when what was taken has its outcome, or the signal aborts. */
  async finish(signal: AbortSignal): Promise<void> {
    if (this.#started && this.#maySend) await this.#lanes.finish(signal);
  }

  get #maySend(): boolean {
    return this.#below > 0 && this.#suspendedFor === undefined;
  }

  /** Goes on with other options, in order; nothing happens when they are the same. */
  async update(
    options: ResolvedEndpoint,
    rules: PipelineRules,
    change?: OrphanChange,
  ): Promise<void> {
    const { ttlMs } = rules;
    // An orphan is sent without waiting for full requests; an endpoint is not.
    if (change === "is_endpoint") this.#whenDrained = undefined;
    // What another endpoint has got must not come back and go to this one.
    if (change !== undefined) this.#mustKeepDeleted = true;
    this.store.configure(storeRules(options, rules));
    this.#kept.configure(options);
    const isSame = ttlMs === this.#ttlMs &&
      JSON.stringify(options) === JSON.stringify(this.#options);
    // A reload is a reason to ask an endpoint again that has refused, and to try the newer protocol again.
    this.#freshFirst.askAgain();
    if (isSame && !this.#fallBack.isInForce && change === undefined) return this.#gate.askNow();
    this.#mustAsk = true;
    const endOld = this.#access.change(options);
    this.#options = options;
    this.#leveller.configure(options);
    this.#freshFirst.configure(options);
    this.#ttlMs = ttlMs;
    this.#fallBack.forget();
    await this.#replaceSoon();
    await endOld();
  }

  /** Sends without waiting for full requests; resolves when nothing is pending. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#whenDrained;
      this.#whenDrained = () => {
        before?.();
        resolve();
      };
      this.#drain();
    });
  }

  #drain(): void {
    const below = this.#below;
    if (!this.#maySend || (below === Infinity && this.#whenDrained === undefined)) return;
    const lanes = this.#lanes;
    void lanes.drained().then((isThrough) => {
      // The end of an earlier turn says nothing: there is more to send by now.
      const isPresent = lanes === this.#lanes && below === this.#below;
      if (isThrough && isPresent) this.#through();
    });
  }

  #through(): void {
    const isBounded = this.#below < Infinity;
    if (!isBounded || this.pendingBatches === 0) this.#whenDrained?.();
    // Called even when nothing is left: what comes next must not wait for a turn that has ended.
    if (isBounded) this.#onThrough?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    this.#cancelRestart?.();
    this.#fallBack.stop();
    this.#leveller.stop();
    this.#freshFirst.stop();
    await this.#changes.settled;
    await this.#lanes.stop();
    await this.#kept.close();
    await this.#access.stop();
    this.#gate.stop();
    this.#outage.stop();
    await this.store.close();
  }

  /** What can be sent again. */
  get kept(): Kept {
    return this.#kept;
  }

  get pendingBatches(): number {
    return this.store.totals().batches;
  }

  snapshot(): EndpointSnapshot {
    const totals = { ...this.store.totals(), signals: this.#lanes.pendingSignals };
    const { name, url, minShards, maxShards, batchCountMax, maxDiskBytes } = this.#options;
    return this.#stats.snapshot({
      name,
      url: shownUrl(url),
      shards: this.#lanes.shards,
      shardsDesired: this.#leveller.desired,
      shardsMin: minShards,
      shardsMax: maxShards,
      batchCountMax,
      diskBytesMax: maxDiskBytes,
      ttlMs: this.#sendTtlMs,
      totals,
      protobufMessage: this.#message,
      time: this.time,
      refusedMs: this.#gate.shutForMs,
      kept: this.#kept.totals,
      order: this.#freshFirst.snapshot(),
    });
  }

  details(): EndpointDetails {
    return { answers: this.#stats.answers, backlog: this.store.backlog() };
  }

  /** The newest of its batches that were set aside, at most so many. */
  setAside(max: number): Promise<readonly SetAsideBatch[]> {
    return onDisk("list what was set aside", () => this.store.setAside(max));
  }

  /**
   * Drops what waits and of which all signals are older; see {@link BatchStore.skip}. What was
   * being sent waits again before, and what is left of it goes on.
   */
  async dropBefore(beforeMs: number, isDryRun: boolean): Promise<BatchCounts> {
    const { kernel, platform, logger } = this.#context;
    const { signal } = this.#stopping;
    const isOlder = olderBatches(kernel, beforeMs, platform.decompressZstd);
    const rule = { beforeMs, isOlder, isDryRun, signal };
    if (isDryRun) return await this.store.skip(rule);
    return await this.#changes.run(async () => {
      if (this.#suspendedFor !== undefined) {
        throw new WalqError("STORAGE", `Cannot skip: ${this.#suspendedFor}`);
      }
      await this.#lanes.stop();
      try {
        const dropped = await this.store.skip(rule);
        const before = new Date(beforeMs).toISOString();
        logger.warn("signals dropped on purpose", { reason: "skipped", before, ...dropped });
        return dropped;
      } finally {
        if (!this.#stopped) this.#goOn();
      }
    });
  }

  /** The old endpoint stops before the new one starts: no signal overtakes another. */
  #replace(): Promise<void> {
    return this.#changes.run(async () => {
      await this.#lanes.stop();
      if (this.#mustKeepDeleted) await this.store.keepDeleted();
      this.#mustKeepDeleted = false;
      if (this.#stopped) return;
      // Not earlier: the old endpoint would ask with the old secrets.
      if (this.#mustAsk) this.#gate.askNow();
      this.#mustAsk = false;
      this.#goOn();
    });
  }

  /** With another endpoint in the place of the one that has stopped. */
  #goOn(): void {
    this.#lanes = this.#makeLanes(this.#leveller.within(this.#lanes.shards));
    if (!this.#started || !this.#maySend) return;
    this.#lanes.start();
    this.#drain();
  }

  /** What waits longer is not sent. */
  get #sendTtlMs(): number {
    const { sampleAgeLimitMs } = this.#options;
    return sampleAgeLimitMs === 0 ? this.#ttlMs : Math.min(this.#ttlMs, sampleAgeLimitMs);
  }

  #makeLanes(shards: number): Lanes {
    const options = this.#options;
    const { clock } = this.#context.platform;
    const before = this.#lanes as Lanes | undefined;
    // What comes after a suspension may be another set of batches: where it parts is not known.
    const isWhole = this.#below < Infinity || this.#suspendedFor !== undefined ||
      !this.#freshFirst.mayGoOn;
    return new Lanes({
      store: this.store,
      clock,
      shards,
      below: this.#below,
      make: (lane, count, more) => this.#makeEndpoint(lane, count, more),
      ...(this.#freshFirst.isWanted && {
        two: {
          shared: sharedOf({ clock, send: options }),
          watch: (seen, lane) => this.#freshFirst.saw(seen, lane),
          isAbout: () => this.#freshFirst.isAbout,
          split: isWhole ? undefined : before?.split,
          onFailure: (error) => this.#restart(error),
        },
      }),
    });
  }

  #makeEndpoint(lane: BatchLane, shards: number, more: MadeLane): Endpoint {
    const options = this.#options;
    return makeEndpoint({
      ...this.#context,
      options,
      protobufMessage: this.#message,
      ttlMs: this.#sendTtlMs,
      lane,
      shards,
      more,
      age: this.#age,
      events: this.#stats,
      failed: this.#failed,
      keepRefused: this.#kept.refused,
      access: this.#access,
      gate: this.#gate,
      outage: this.#outage,
      meter: this.#leveller.meter,
      onFailure: (error) => this.#restart(error),
      onFallBack: (reason) => {
        // An answer to what was sent before an update says nothing about what comes now.
        if (options === this.#options) this.#fallBack.begin(reason);
      },
    });
  }

  #probe(): OrderProbe {
    const { externalLabels, name } = this.#options;
    return new OrderProbe({
      clock: this.#context.platform.clock,
      http: this.#access.http,
      credential: this.#access.credential,
      send: this.#options,
      protobufMessage: this.#message,
      labels: { ...externalLabels, ...probeLabels(this.#context.dataPath, name) },
    });
  }

  get #message(): ProtobufMessage {
    return this.#fallBack.messageFor(this.#options.protobufMessage);
  }

  /** Tries until it works. */
  #replaceSoon(): Promise<void> {
    return this.#replace().catch((error) => this.#restart(error));
  }

  /** A bug stopped the endpoint: its batches are still in the store, and a new one goes on. */
  #restart(error: unknown): void {
    if (this.#stopped) return;
    this.#context.logger.error("endpoint failed; it starts anew", { error: messageOf(error) });
    this.#cancelRestart?.();
    this.#cancelRestart = this.#context.platform.clock.after(RESTART_DELAY_MS, () => {
      void this.#replaceSoon();
    });
  }
}
