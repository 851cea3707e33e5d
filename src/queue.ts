// For whoever compiles against the declarations with an older library.
/// <reference lib="esnext.disposable" preserve="true" />
import { Appender } from "./appender/appender.ts";
import { type ContentHeaders, contentOf } from "./content.ts";
import { appendPushed, type Pushed } from "./appender/push.ts";
import { SeriesCache } from "./appender/series.ts";
import type {
  Clock,
  DropChoice,
  DroppedBatches,
  Kernel,
  Logger,
  PageParser,
  PassedOver,
  Platform,
  RejectedChoice,
  RejectedRequest,
  ReplayChoice,
  ReplayedBatches,
  RetriedRequests,
  RetryChoice,
  SetAsideBatch,
} from "./contracts.ts";
import { sleep } from "./actor/sleep.ts";
import { clockStateOf } from "./clock/clock_state.ts";
import type { EndpointTime } from "./clock/endpoint_time.ts";
import { GrowingTime } from "./clock/growing_time.ts";
import { IntakeTime } from "./clock/intake_time.ts";
import type { DataPath } from "./data_path.ts";
import { messageOf, WalqError } from "./errors.ts";
import { BATCH_BYTES_MAX } from "./limits.ts";
import { loggerOf } from "./logger.ts";
import {
  checkAgainstHost,
  type QueueOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./options.ts";
import type { Orphans } from "./orphans.ts";
import type { StreamQueue } from "./jetstream/stream_queue.ts";
import type { Pipelines } from "./pipelines.ts";
import { IntakeAccounts } from "./queue/intake_accounts.ts";
import { checkDropMoment } from "./queue/drop_moment.ts";
import { streamEndpoints } from "./queue/open_stream_queue.ts";
import { openParts, type QueueParts } from "./queue/open_parts.ts";
import { Standing } from "./queue/standing.ts";
import { SequenceSeries } from "./sequence/sequence_series.ts";
import { SeriesSample } from "./sampling/series_sample.ts";
import { type CommitOptions, Serializer } from "./serializer/serializer.ts";
import type { EndpointDetails } from "./stats/endpoint_details.ts";
import type { QueueSnapshot } from "./stats/queue_stats.ts";
import { type DropReason, type Labels, NOTHING_DROPPED, type WriteResult } from "./types.ts";
import { type TextEncoding, unpack } from "./unpack.ts";

/** What `Queue.open` works with; a test or an unusual host gives its own. */
export interface QueueDependencies {
  /** Disk, network and clock. */
  readonly platform: Platform;
  /** Where log lines go; `"silent"` is nowhere. @default "silent" */
  readonly logger?: Logger | "silent";
}

/** What a queue works with, as what feeds it has to know it. */
interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly requestBytesMax: number;
  /** What time the endpoints say it is. */
  readonly times: readonly EndpointTime[];
}

/** How `Queue.write` and `Queue.push` treat what they take. */
export interface WriteOptions {
  /** Resolve only when every endpoint's copy is fsynced. @default true */
  readonly durable?: boolean;
}

/** What is scraped or pushed as text has bounds of its own (a page's), which are not those of a sender's request. */
const SCRAPED = {
  compression: "none",
  durable: false,
  uncompressedBytesMax: BATCH_BYTES_MAX,
} as const;

/** A queue that sends nothing and takes nothing in: see `Queue.openStopped`. */
export type StoppedQueue = Pick<
  Queue,
  | "stats"
  | "details"
  | "rejected"
  | "damagedRejected"
  | "retryRejected"
  | "replay"
  | "dropBefore"
  | "close"
>;

const DATA_PATH_LOST = "the data path is lost";
const NOT_SENDING = "no partition of the stream is this process's to send";

/** How `Queue.close` ends. */
export interface CloseOptions {
  /** Keeps sending what is pending for at most this long. @default 0 */
  readonly graceMs?: number;
}

/**
 * Prometheus metrics in, safe on disk, out by remote write to every endpoint.
 * Wires appender -> serializer -> filequeue -> endpoint -> network.
 */
export class Queue {
  readonly #platform: Platform;
  readonly #kernel: Kernel;
  readonly #logger: Logger;
  readonly #dataPath: DataPath;
  readonly #orphans: Orphans;
  readonly #pipelines: Pipelines;
  readonly #stream: StreamQueue | undefined;
  readonly #standing: Standing;
  readonly #serializer: Serializer;
  readonly #series: SeriesCache;
  readonly #accounts: IntakeAccounts;
  /** When what is pushed without a time was pushed. */
  readonly #pushTime: GrowingTime;
  #options: ResolvedOptions;
  readonly #sequence: SequenceSeries;
  #pages: PageParser | undefined;
  #closed: Promise<void> | undefined;

  /** For `open` alone. */
  protected constructor(parts: QueueParts) {
    const { kernel, options } = parts;
    this.#platform = parts.platform;
    this.#logger = parts.logger;
    this.#options = options;
    this.#kernel = kernel;
    this.#dataPath = parts.dataPath;
    this.#orphans = parts.orphans;
    this.#pipelines = parts.pipelines;
    this.#stream = parts.stream;
    this.#standing = new Standing((why) => this.#pipelines.suspend(why));
    this.#series = new SeriesCache(options.seriesCacheBytesMax);
    const { clock } = this.#platform;
    const writer = kernel.createWriter({ rules: options.writerRules });
    const age = new IntakeTime(() => this.#pipelines.times);
    const dependencies = { writer, clock, age, logger: this.#logger };
    this.#accounts = new IntakeAccounts(clock, this.#logger);
    this.#pushTime = new GrowingTime(clock, () => this.#pipelines.times);
    this.#serializer = new Serializer(dependencies, this.#parted(options), this.#pipelines.sinks);
    this.#sequence = new SequenceSeries({
      ...this.#platform,
      logger: this.#logger,
      directory: options.dataPath,
      put: (labels, atMs, value) => this.#putOwn(labels, atMs, value),
    });
  }

  /**
   * Opens the data path and starts sending what it finds there, in order.
   *
   * @throws {WalqError} `INVALID_OPTIONS`, `LOCKED`, `STORAGE` when the data path
   * cannot be written, or `UNSUPPORTED_RUNTIME` when Alloy left a file there that this
   * runtime cannot decompress; nothing was started then.
   */
  static async open(options: QueueOptions, dependencies: QueueDependencies): Promise<Queue> {
    const queue = await Queue.#make(this, options, dependencies);
    try {
      await queue.#start();
      queue.#dataPath.keepBallast();
      queue.#sequence.configure(queue.#options.sequenceSeriesMs);
      return queue;
    } catch (error) {
      await queue.#pipelines.stop();
      await queue.#stream?.close();
      await queue.#dataPath.release();
      throw error;
    }
  }

  /**
   * Opens the data path of a queue that does not run, to act on what lies there: the data
   * path is owned until it is closed, and nothing is sent or taken in meanwhile.
   *
   * @param options Those that the queue runs with.
   * @throws {WalqError} as `open` does.
   */
  static async openStopped(
    options: QueueOptions,
    dependencies: QueueDependencies,
  ): Promise<StoppedQueue> {
    const queue = await Queue.#make(this, options, dependencies);
    queue.#watch();
    return queue;
  }

  /** All of it is opened, and nothing is started. */
  static async #make(
    made: typeof Queue,
    options: QueueOptions,
    dependencies: QueueDependencies,
  ): Promise<Queue> {
    const logger = loggerOf(dependencies.logger ?? "silent");
    const parts = await openParts(resolveOptions(options), dependencies.platform, logger);
    try {
      return new made(parts);
    } catch (error) {
      await parts.pipelines.stop();
      await parts.stream?.close();
      await parts.dataPath.release();
      throw error;
    }
  }

  async #start(): Promise<void> {
    // In a stream nothing is this process's before it has a lease.
    if (this.#stream !== undefined) await this.#standing.set(NOT_SENDING, true);
    await this.#pipelines.start();
    this.#watch();
    this.#stream?.start({
      alone: (change) => this.#pipelines.alone(change),
      finish: (signal) => this.#pipelines.finish(signal),
      stand: (isStanding) => this.#standing.set(NOT_SENDING, isStanding),
    });
  }

  #watch(): void {
    this.#dataPath.watch((isLost) => void this.#standing.set(DATA_PATH_LOST, isLost));
  }

  /**
   * What it works with, for what feeds it. Not for everybody: it may change.
   *
   * @internal
   */
  get surroundings(): Surroundings {
    const { requestBytesMax } = this.#options;
    const { times } = this.#pipelines;
    return { clock: this.#platform.clock, logger: this.#logger, requestBytesMax, times };
  }

  /** A transaction; see {@link Appender}. */
  appender(): Appender {
    return new Appender(
      this.#series,
      (body, durable) => this.#commit(body, { message: "appended", compression: "none", durable }),
    );
  }

  /**
   * Takes a few numbers, as they are now, and resolves when they are durable; for who has
   * no registry of metrics. Each call is a transaction of its own: a push that is refused
   * leaves nothing behind. Its timestamp is later than that of the push before, also when the
   * clock is set back; but not when it was further ahead than receivers take (as for `collect`).
   *
   * @param metrics Numbers by the names of their metrics; or series with samples, each with
   * its own timestamps, as the npm package prometheus-remote-write takes them.
   * @param labels Given to each series that has no label of that name.
   * @returns What was kept, and what was refused for which reason, as from a commit.
   *
   * @example
   * ```ts
   * await queue.push({ queue_depth: 100, workers_busy: 3 }, { service: "worker" });
   * await queue.push({
   *   labels: { __name__: "temperature_celsius", room: "attic" },
   *   samples: [{ value: 21.5, timestamp: Date.now() - 60_000 }, { value: 21.6 }],
   * });
   * ```
   * @throws {WalqError} `INVALID_LABELS`; `STORAGE`, `OVERLOADED`: retry it later; `CLOSED`.
   * @throws {RangeError} for a timestamp that is not a whole number of milliseconds.
   * @throws {TypeError} for what is no number.
   */
  async push(
    metrics: Pushed,
    labels: Labels = {},
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const appender = this.appender();
    appendPushed(appender, metrics, labels, () => this.#pushTime.next());
    return await appender.commit({ durable: options.durable ?? true });
  }

  /**
   * Takes a remote write request, 1.0 or 2.0, as it came over HTTP. Series and
   * signals that break a rule, are too old or cannot be carried are left out and
   * counted in the result; the rest is kept. Whoever answers a sender must not
   * answer with a success if anything was left out.
   *
   * @throws {WalqError} `UNSUPPORTED_CONTENT`, `TOO_LARGE`, `INVALID_REQUEST`: the
   * request can never succeed; `STORAGE`, `OVERLOADED`: retry it later; `CLOSED`.
   */
  async write(
    bytes: Uint8Array,
    content: ContentHeaders = {},
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const { message, encoding } = contentOf(content);
    const { requestBytesMax, uncompressedBytesMax } = this.#options;
    if (bytes.length > requestBytesMax) {
      throw new WalqError(
        "TOO_LARGE",
        `Cannot read request: got ${bytes.length} bytes, expected at most ${requestBytesMax}`,
      );
    }
    const durable = options.durable ?? true;
    const body = unpack(bytes, encoding, uncompressedBytesMax, this.#platform);
    return await this.#commit(body.bytes, { message, compression: body.compression, durable });
  }

  /**
   * Takes what is written as an appender writes it, and does not wait for the disk. Not
   * for everybody: the bytes are the kernel's own form, which may change.
   *
   * @internal
   * @throws {WalqError} `STORAGE`, `OVERLOADED`, `CLOSED`, or the signal's reason when it
   * aborted while there was no room: nothing of it was taken.
   */
  async commitAppended(body: Uint8Array, signal: AbortSignal): Promise<WriteResult> {
    return await this.#commit(body, { ...SCRAPED, message: "appended", signal });
  }

  /**
   * The same at once, if there is room: false when there is none, and nothing was taken. The
   * bytes are the caller's again when it returns.
   *
   * @internal
   * @throws {WalqError} `CLOSED`: nothing of it was taken.
   */
  takeScraped(body: Uint8Array): { readonly handles?: Uint8Array } | undefined {
    const added = this.#serializer.writeNow(body, { ...SCRAPED, message: "scraped" });
    if (added !== undefined) this.#accounts.add(added);
    return added;
  }

  /**
   * Whose handles of label sets the bytes may have at this moment.
   *
   * @internal
   */
  get handlesOf(): number {
    return this.#serializer.handlesOf;
  }

  /**
   * The same as {@link Queue.commitAppended}, and waits until it is durable. What it was made of
   * was as large as a request may be, and is smaller than this.
   *
   * @internal
   * @throws {WalqError} `STORAGE`, `OVERLOADED`, `TOO_LARGE`, `CLOSED`.
   */
  async writeAppended(body: Uint8Array): Promise<WriteResult> {
    return await this.#commit(body, { ...SCRAPED, message: "appended", durable: true });
  }

  /**
   * A body without what it is under, as large as a request may be.
   *
   * @internal
   * @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE`, `UNSUPPORTED_CONTENT`.
   */
  unpackBody(bytes: Uint8Array, encoding: TextEncoding): Uint8Array {
    return unpack(bytes, encoding, this.#options.uncompressedBytesMax, this.#platform).bytes;
  }

  /**
   * What reads pages that are pushed; it takes no memory before the first one.
   *
   * @internal
   */
  get pages(): PageParser {
    return this.#pages ??= this.#kernel.createPageParser();
  }

  /** The state of every endpoint at this moment. */
  stats(): QueueSnapshot {
    const endpoints = this.#pipelines.endpoints();
    const dropped = { ...NOTHING_DROPPED };
    for (const { droppedTotal } of endpoints) {
      for (const reason of Object.keys(dropped) as DropReason[]) {
        dropped[reason] += droppedTotal[reason];
      }
    }
    return {
      dataPath: this.#options.dataPath,
      bufferedSignals: this.#serializer.bufferedSignals,
      refused: this.#accounts.refused,
      dropped,
      storeFailing: this.#serializer.isFailing,
      storeFailure: this.#serializer.failure,
      dataPathLost: this.#dataPath.lost,
      stream: this.#stream?.snapshot(),
      clock: {
        ...clockStateOf(this.#pipelines.times),
        aheadOfSendersMs: this.#accounts.aheadOfSendersMs,
      },
      forgottenSignals: this.#orphans.forgottenSignals,
      orphans: this.#pipelines.orphans(),
      endpoints,
    };
  }

  /** What is known of one endpoint beside `stats`; undefined where there is no such endpoint. */
  details(endpoint: string): EndpointDetails | undefined {
    return this.#pipelines.find(endpoint)?.details();
  }

  /**
   * The newest files in `quarantine/` of one endpoint, at most `max`; none where there is
   * no such endpoint.
   */
  async quarantined(endpoint: string, max: number = 100): Promise<readonly SetAsideBatch[]> {
    return await this.#pipelines.find(endpoint)?.setAside(max) ?? [];
  }

  /**
   * Keeps a bounded number of the series that come in from now on, until it is full or
   * another one is asked for.
   *
   * @internal
   */
  sampleSeries(): SeriesSample {
    const sample = new SeriesSample(this.#kernel);
    this.#serializer.sampleInto(sample);
    return sample;
  }

  /**
   * Nobody looks at what comes in any more.
   *
   * @internal
   */
  endSample(): void {
    this.#serializer.sampleInto(undefined);
  }

  /**
   * Skips a backlog on purpose: drops the batches on disk of which all signals have older
   * timestamps, of one endpoint or of all, counted as `skipped` in `droppedTotal`. A batch that
   * is older in part stays whole, and so does what is not on disk yet. What was being sent is
   * taken back before, and may have arrived. When it resolves, nothing of it comes back, also
   * after a power cut. It goes by the heads of files: nothing is read of walq's own, whatever
   * there is; files of Alloy's formats, of which the heads say no times, are read one by one.
   *
   * Of a queue in a stream that is what waits in the partitions that this process sends.
   *
   * @returns How much was dropped.
   * @throws {WalqError} `INVALID_OPTIONS` for an endpoint that there is not, and for a moment in
   * the future that is not said to be meant; `STORAGE` when the disk refuses, `CLOSED` when the queue is closed before it is through: what was dropped until
   * then is dropped, and counted.
   * @throws {RangeError} for a time that is none.
   */
  async dropBefore(choice: DropChoice): Promise<DroppedBatches> {
    checkDropMoment(choice, this.#platform.clock.nowMs());
    if (this.#closed !== undefined) {
      throw new WalqError("CLOSED", "Cannot skip: the queue is closed");
    }
    const dropped = await this.#pipelines.dropBefore(choice);
    const partOf = this.#stream?.part;
    return partOf === undefined ? dropped : { ...dropped, partOf };
  }

  /**
   * The requests that endpoints have refused for good and that are kept, the oldest first:
   * what they hold was dropped as `rejected` or `max_retries`, and can be sent again.
   *
   * @throws {WalqError} `INVALID_OPTIONS` for a name that no endpoint has; `STORAGE` when the
   * disk cannot be read.
   */
  rejected(choice: RejectedChoice = {}): Promise<readonly RejectedRequest[]> {
    return this.#pipelines.kept.rejected(choice.endpoint);
  }

  /**
   * The files that `rejected` cannot list: those that were found damaged, and set aside, since
   * the queue was opened, until an outcome of `retryRejected` has named them; and those that
   * the disk does not read.
   *
   * @throws {WalqError} as `rejected` does.
   */
  damagedRejected(choice: RejectedChoice = {}): Promise<PassedOver> {
    return this.#pipelines.kept.damagedRejected(choice.endpoint);
  }

  /**
   * Sends again what endpoints have refused for good, the oldest first, behind all that is
   * pending: each request is a batch in the queue again, and durable there, before it is
   * removed from `rejected/`, and counts as accepted anew. Its labels are as they were to be
   * sent, and it is never too old for a `ttl`. What is refused once more is kept once more.
   *
   * @returns How much was put into the queue.
   * @throws {WalqError} `INVALID_OPTIONS` for a name that no endpoint has; `STORAGE` when the
   * disk refuses, or is full by `maxDiskBytes`; `CLOSED`. Those before are in the queue, and
   * with `STORAGE` all that the other endpoints have.
   */
  async retryRejected(choice: RetryChoice = {}): Promise<RetriedRequests> {
    if (this.#closed !== undefined) {
      throw new WalqError("CLOSED", "Cannot send again: the queue is closed");
    }
    return await this.#pipelines.kept.retryRejected(choice);
  }

  /**
   * Sends again what was delivered and is kept (`keepDelivered` of an endpoint): the signals
   * with timestamps from `fromMs` on and before `toMs`, in the order in which they came in,
   * behind all that is pending. They are durable in the queue when it resolves, count as
   * accepted anew, and are never too old for a `ttl`. Metadata, which is of no time, goes with
   * batches that lie in the window as a whole. The endpoint gets signals that it has: one that
   * tells duplicates by their timestamps takes no harm, and one that adds them up counts twice.
   *
   * @returns How much was put into the queue.
   * @throws {WalqError} `INVALID_OPTIONS` for a name that no endpoint has; `STORAGE` when the
   * disk refuses, or is full by `maxDiskBytes`; `CLOSED`. What came before is in the queue,
   * and with `STORAGE` all that the other endpoints have.
   * @throws {RangeError} for times that are none, or not one before the other.
   */
  async replay(choice: ReplayChoice): Promise<ReplayedBatches> {
    const { fromMs, toMs } = choice;
    if (!(fromMs < toMs)) {
      const got = `got fromMs ${fromMs} and toMs ${toMs}`;
      throw new RangeError(
        `Cannot replay: ${got}, expected milliseconds, the first before the other`,
      );
    }
    if (this.#closed !== undefined) {
      throw new WalqError("CLOSED", "Cannot replay: the queue is closed");
    }
    return await this.#pipelines.kept.replay(choice);
  }

  /**
   * Resolves when everything committed so far is durable.
   *
   * @throws {WalqError} `STORAGE` when the disk refuses.
   */
  flush(): Promise<void> {
    return this.#serializer.flush();
  }

  /**
   * Changes the options of a running queue. Endpoints whose options are the same
   * are not touched; changed ones stop at once and go on in order with the new
   * options; removed ones stop and their files stay.
   *
   * @throws {WalqError} `INVALID_OPTIONS`, `STORAGE` when the directory of an added endpoint
   * cannot be made, or `UNSUPPORTED_RUNTIME` as in `open`: nothing was changed.
   */
  async update(options: QueueOptions): Promise<void> {
    const resolved = resolveOptions(options);
    if (resolved.dataPath !== this.#options.dataPath) {
      throw new WalqError(
        "INVALID_OPTIONS",
        `Cannot change dataPath of an open queue: got "${resolved.dataPath}", ` +
          `expected "${this.#options.dataPath}"`,
      );
    }
    if (JSON.stringify(resolved.store) !== JSON.stringify(this.#options.store)) {
      throw new WalqError("INVALID_OPTIONS", "Cannot change store of an open queue");
    }
    await checkAgainstHost(resolved, this.#platform);
    await this.#pipelines.update(resolved, () => {
      this.#options = resolved;
      return this.#serializer.configure(this.#parted(resolved), this.#pipelines.sinks);
    });
    this.#stream?.configure(streamEndpoints(resolved));
    this.#sequence.configure(resolved.sequenceSeriesMs);
  }

  /**
   * Stores what was committed, sends for at most `graceMs`, and stops. What has
   * not been sent stays on disk for the next `open`.
   *
   * @throws {WalqError} `STORAGE` when the disk refused the last batch: commits
   * that were not durable are lost then.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options.graceMs ?? 0);
    return this.#closed;
  }

  /** {@link Queue.close} at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** With the partitions of what batches go to. */
  #parted(options: ResolvedOptions): ResolvedOptions & { readonly partitions: number } {
    return { ...options, partitions: this.#stream?.partitions ?? 1 };
  }

  async #commit(
    body: Uint8Array,
    options: CommitOptions,
  ): Promise<WriteResult> {
    return this.#accounts.add(await this.#serializer.write(body, options));
  }

  /** A sample of the queue's own. */
  async #putOwn(labels: Labels, atMs: number, value: number): Promise<void> {
    const appender = this.appender();
    appender.append(labels, atMs, value);
    const { accepted, ...refused } = await appender.commit({ durable: true });
    if (accepted !== 1) throw new WalqError("STORAGE", `not taken: ${JSON.stringify(refused)}`);
  }

  async #close(graceMs: number): Promise<void> {
    // What is under way ends with the serializer.
    const sequenceEnded = this.#sequence.stop();
    await this.#pipelines.endChanges();
    let failure: unknown;
    try {
      await this.#serializer.close();
    } catch (error) {
      failure = error;
      this.#logger.error("the last batch could not be stored", { error: messageOf(error) });
    }
    await sequenceEnded;
    await this.#stream?.endChanges();
    if (graceMs > 0 && this.#stream?.maySend !== false) {
      const over = new AbortController();
      const waited = sleep(this.#platform.clock, graceMs, over.signal);
      await Promise.race([this.#pipelines.drained(), waited]);
      over.abort();
    }
    await this.#pipelines.stop();
    await this.#stream?.close();
    await this.#platform.http.close();
    await this.#dataPath.close();
    if (failure !== undefined) throw failure;
  }
}
