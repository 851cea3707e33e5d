import { Appender } from "./appender/appender.ts";
import { type ContentHeaders, messageOfContent } from "./content.ts";
import { SeriesCache } from "./appender/series.ts";
import type { AddResult, BatchStore, CancelTimer, Kernel, Logger, Platform } from "./contracts.ts";
import { sleep } from "./actor/sleep.ts";
import { messageOf, WalqError } from "./errors.ts";
import { layBallast } from "./filequeue/ballast.ts";
import { makeDurableDirectory } from "./filequeue/durable_directory.ts";
import { type DataPathLock, lockDataPath } from "./filequeue/lock.ts";
import { loadKernel } from "./kernel/kernel.ts";
import { silentLogger } from "./logger.ts";
import { type QueueOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { type Lane, lanesOf, Orphans } from "./orphans.ts";
import { Pipeline, type PipelineContext } from "./pipeline.ts";
import { type CommitOptions, Serializer } from "./serializer/serializer.ts";
import type { QueueSnapshot } from "./stats/queue_stats.ts";
import { type DropReason, NOTHING_DROPPED, type WriteResult } from "./types.ts";

const BALLAST_RETRY_MS = 60_000;
const DRAIN_RETRY_MS = 10_000;

/** What `Queue.open` works with; a test or an unusual host gives its own. */
export interface QueueTools {
  readonly platform: Platform;
  /** Silent unless given. */
  readonly logger?: Logger;
}

/** How `Queue.write` treats a request. */
export interface WriteOptions {
  /** Resolve only when every endpoint's copy is fsynced. @default true */
  readonly durable?: boolean;
}

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
  readonly #logger: Logger;
  readonly #kernel: Kernel;
  readonly #lock: DataPathLock;
  readonly #orphans: Orphans;
  readonly #serializer: Serializer;
  readonly #series: SeriesCache;
  readonly #refused = { ttl: 0, invalid: 0, unsupported: 0 };
  /** By the name of the endpoint; see {@link FileQueueOptions.undeleted}. */
  readonly #undeleted: Map<string, Set<number>>;
  #options: ResolvedOptions;
  /** Of the endpoints, in their order, and then of the orphans that are drained. */
  #pipelines: Pipeline[];
  /** Updates and the close, one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #cancelDrain: CancelTimer | undefined;
  #ballast: Promise<void> | undefined;
  #cancelBallast: CancelTimer | undefined;

  protected constructor(parts: {
    tools: Required<QueueTools>;
    kernel: Kernel;
    lock: DataPathLock;
    options: ResolvedOptions;
    orphans: Orphans;
    pipelines: Pipeline[];
    undeleted: Map<string, Set<number>>;
  }) {
    this.#platform = parts.tools.platform;
    this.#logger = parts.tools.logger;
    this.#kernel = parts.kernel;
    this.#lock = parts.lock;
    this.#options = parts.options;
    this.#orphans = parts.orphans;
    this.#pipelines = parts.pipelines;
    this.#undeleted = parts.undeleted;
    this.#series = new SeriesCache(parts.options.seriesCacheBytesMax);
    const { clock } = this.#platform;
    const writer = this.#kernel.createWriter({ rules: parts.options.writerRules });
    const tools = { writer, clock, logger: this.#logger };
    this.#serializer = new Serializer(tools, parts.options, this.#stores());
  }

  /**
   * Opens the data path and starts sending what it finds there, in order.
   *
   * @throws {WalqError} `INVALID_OPTIONS`, `LOCKED`, or `STORAGE` when the data path
   * cannot be written; nothing was started then.
   */
  static async open(options: QueueOptions, tools: QueueTools): Promise<Queue> {
    const resolved = resolveOptions(options);
    const logger = tools.logger ?? silentLogger;
    const { platform } = tools;
    const kernel = await loadKernel();
    const lock = await openDataPath(resolved.dataPath, platform);
    const orphans = new Orphans(platform.files, logger);
    const pipelines: Pipeline[] = [];
    const undeleted = new Map<string, Set<number>>();
    try {
      await orphans.look(resolved);
      const { dataPath } = resolved;
      const isOwner = (): Promise<boolean> => lock.isHeld();
      const context = { platform, kernel, logger, dataPath, isOwner, undeleted };
      for (const { options } of lanesOf(resolved, orphans.found)) {
        pipelines.push(await Pipeline.open(context, options, resolved));
      }
    } catch (error) {
      for (const pipeline of pipelines) await pipeline.stop();
      await release(lock, logger);
      throw storageError(resolved.dataPath, error);
    }
    const all = { kernel, lock, options: resolved, orphans, pipelines, undeleted };
    const queue = new this({ tools: { platform, logger }, ...all });
    await queue.#arrange();
    for (const pipeline of pipelines) queue.#start(pipeline);
    queue.#ballast = queue.#layBallast();
    return queue;
  }

  /** A transaction; see {@link Appender}. */
  appender(): Appender {
    return new Appender(
      this.#series,
      (body, durable) => this.#commit(body, { message: "appended", compression: "none", durable }),
    );
  }

  /**
   * Takes a remote write request, 1.0 or 2.0, as it came over HTTP. Series and
   * signals that break a rule are left out and counted in the result; the rest is
   * kept.
   *
   * @throws {WalqError} `UNSUPPORTED_CONTENT`, `TOO_LARGE`, `INVALID_REQUEST`: the
   * request can never succeed; `STORAGE`, `OVERLOADED`: retry it later; `CLOSED`.
   */
  async write(
    bytes: Uint8Array,
    content: ContentHeaders,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const message = messageOfContent(content);
    const { requestBytesMax } = this.#options;
    if (bytes.length > requestBytesMax) {
      throw new WalqError(
        "TOO_LARGE",
        `Cannot read request: got ${bytes.length} bytes, expected at most ${requestBytesMax}`,
      );
    }
    const durable = options.durable ?? true;
    return await this.#commit(bytes, { message, compression: "snappy", durable });
  }

  /** The state of every endpoint at this moment. */
  stats(): QueueSnapshot {
    const endpoints = this.#pipelines.map((pipeline) => pipeline.snapshot());
    const dropped = { ...NOTHING_DROPPED };
    for (const { droppedTotal } of endpoints) {
      for (const reason of Object.keys(dropped) as DropReason[]) {
        dropped[reason] += droppedTotal[reason];
      }
    }
    return {
      dataPath: this.#options.dataPath,
      bufferedSignals: this.#serializer.bufferedSignals,
      refused: { ...this.#refused },
      dropped,
      storeFailing: this.#serializer.isFailing,
      forgottenSignals: this.#orphans.forgottenSignals,
      orphans: this.#orphans.found.map(({ name, batches }) => {
        const sending = this.#pipelines.find((pipeline) => pipeline.name === name);
        const left = sending?.pendingBatches ?? batches;
        return { name, batches: left, drainsTo: sending && this.#options.drainOrphans[name] };
      }),
      endpoints,
    };
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
   * @throws {WalqError} `INVALID_OPTIONS`, or `STORAGE` when the directory of an
   * added endpoint cannot be made: nothing was changed.
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
    const updated = this.#changing.then(() => this.#update(resolved));
    this.#changing = updated.catch(() => {});
    await updated;
  }

  /**
   * Stores what was committed, sends for at most `graceMs`, and stops. What has
   * not been sent stays on disk for the next `open`.
   *
   * @throws {WalqError} `STORAGE` when the disk refused the last batch: commits
   * that were not durable are lost then.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#changing.then(() => this.#close(options.graceMs ?? 0));
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #commit(
    body: Uint8Array,
    options: CommitOptions,
  ): Promise<WriteResult> {
    const added: AddResult = await this.#serializer.write(body, options);
    this.#refused.ttl += added.expired;
    this.#refused.invalid += added.invalid;
    this.#refused.unsupported += added.unsupported;
    return added;
  }

  async #update(resolved: ResolvedOptions): Promise<void> {
    if (this.#closed) throw new WalqError("CLOSED", "Cannot update: the queue is closed");
    const lanes = lanesOf(resolved, this.#orphans.found);
    const before = new Map(this.#pipelines.map((pipeline) => [pipeline.name, pipeline]));
    const added = await this.#openAdded(resolved, lanes, before);
    const wereOrphans = new Set(
      [...before.values()].filter((one) => this.#isOrphan(one)).map(nameOf),
    );
    const after = lanes.map(({ options: { name } }) => before.get(name) ?? added.get(name)!);
    this.#options = resolved;
    this.#pipelines = after;
    // Before an orphan gets the options of the endpoint that is to wait for it.
    await this.#hold(this.#lines());
    // An orphan that is an endpoint again: before its store takes what comes in, which must not go
    // where the rest of the orphan went.
    for (const { options, takes } of lanes) {
      if (!takes || !wereOrphans.has(options.name)) continue;
      await before.get(options.name)!.update(options, resolved, true);
    }
    // A store that still takes a batch must not be opened a second time by a later update.
    await this.#serializer.configure(resolved, this.#stores());
    for (const [name, pipeline] of before) {
      if (after.includes(pipeline)) continue;
      await pipeline.stop();
      this.#logger.warn("endpoint removed; its files stay", { endpoint: name });
    }
    for (const { options } of lanes) await before.get(options.name)?.update(options, resolved);
    await this.#orphans.lookAgain(resolved);
    await this.#drainFound(resolved);
    await this.#arrange();
    for (const pipeline of added.values()) this.#start(pipeline);
  }

  /** Opened before anything is stopped: a directory that cannot be made changes nothing. */
  async #openAdded(
    resolved: ResolvedOptions,
    lanes: readonly Lane[],
    before: ReadonlyMap<string, Pipeline>,
  ): Promise<Map<string, Pipeline>> {
    const added = new Map<string, Pipeline>();
    for (const { options } of lanes) {
      if (before.has(options.name)) continue;
      try {
        await this.#refuseIfGone();
        added.set(options.name, await Pipeline.open(this.#context, options, resolved));
      } catch (error) {
        for (const pipeline of added.values()) await pipeline.stop();
        throw storageError(resolved.dataPath, error);
      }
    }
    return added;
  }

  /** Where the disk is gone, what is stored in its place is out of sight when it is back. */
  async #refuseIfGone(): Promise<void> {
    if (await this.#lock.isHeld()) return;
    throw new Error("the lock of the data path is gone, or cannot be read");
  }

  /** Orphans that this very update has made. */
  async #drainFound(resolved: ResolvedOptions): Promise<void> {
    for (const { options, takes } of lanesOf(resolved, this.#orphans.found)) {
      if (takes || this.#pipelines.some(({ name }) => name === options.name)) continue;
      try {
        await this.#refuseIfGone();
        const pipeline = await Pipeline.open(this.#context, options, resolved);
        this.#pipelines = [...this.#pipelines, pipeline];
        await this.#arrange();
        this.#start(pipeline);
      } catch (error) {
        const fields = { endpoint: options.name, error: messageOf(error) };
        this.#logger.error("cannot drain an orphan; trying again", fields);
        this.#drainLater();
      }
    }
  }

  #drainLater(): void {
    this.#cancelDrain?.();
    this.#cancelDrain = this.#platform.clock.after(DRAIN_RETRY_MS, () => {
      this.#changing = this.#changing.then(async () => {
        if (this.#closed) return;
        await this.#drainFound(this.#options);
        await this.#arrange();
      }).catch((error) => {
        this.#logger.error("cannot drain orphans", { error: messageOf(error) });
      });
    });
  }

  /**
   * What an orphan holds is older than what its endpoint has: one after the other,
   * so that nothing is overtaken. Nobody begins before those that wait have stopped.
   */
  async #arrange(): Promise<void> {
    const lines = this.#lines();
    await this.#hold(lines);
    await Promise.all(lines.map(([first]) => first?.hold(false)));
  }

  async #hold(lines: readonly (readonly (Pipeline | undefined)[])[]): Promise<void> {
    await Promise.all(lines.flatMap(([_first, ...rest]) => rest.map((one) => one?.hold(true))));
  }

  /** For each endpoint its orphans that are not through, and the endpoint behind them. */
  #lines(): (Pipeline | undefined)[][] {
    const { endpoints, drainOrphans } = this.#options;
    const orphans = this.#pipelines.filter((pipeline) =>
      this.#isOrphan(pipeline) && pipeline.pendingBatches > 0
    );
    // One that could not be opened yet is waited for.
    const missing = this.#orphans.found.filter(({ name }) =>
      !this.#pipelines.some((pipeline) => pipeline.name === name)
    );
    return endpoints.map(({ name }) => {
      const goesHere = (orphan: { readonly name: string }): boolean =>
        drainOrphans[orphan.name] === name;
      return [
        ...orphans.filter(goesHere),
        ...missing.filter(goesHere).map(() => undefined),
        ...this.#pipelines.filter((pipeline) => pipeline.name === name),
      ];
    });
  }

  #start(pipeline: Pipeline): void {
    pipeline.start();
    if (this.#isOrphan(pipeline)) void pipeline.drained().then(() => this.#drained(pipeline));
  }

  /** An orphan has been sent: it goes, unless it has become an endpoint meanwhile. */
  #drained(pipeline: Pipeline): void {
    this.#changing = this.#changing.then(async () => {
      // The close stops it; what its endpoint has is sent as long as there is time.
      if (this.#closed) return this.#arrange();
      if (!this.#pipelines.includes(pipeline) || !this.#isOrphan(pipeline)) return;
      this.#pipelines = this.#pipelines.filter((other) => other !== pipeline);
      await pipeline.stop();
      this.#orphans.sent(pipeline.name);
      await this.#arrange();
    }).catch((error) => {
      this.#logger.error("cannot end the draining of an orphan", { error: messageOf(error) });
    });
  }

  #isOrphan(pipeline: Pipeline): boolean {
    return !this.#options.endpoints.some(({ name }) => name === pipeline.name);
  }

  get #context(): PipelineContext {
    return {
      platform: this.#platform,
      kernel: this.#kernel,
      logger: this.#logger,
      dataPath: this.#options.dataPath,
      isOwner: () => this.#lock.isHeld(),
      undeleted: this.#undeleted,
    };
  }

  async #close(graceMs: number): Promise<void> {
    this.#cancelDrain?.();
    let failure: unknown;
    try {
      await this.#serializer.close();
    } catch (error) {
      failure = error;
      this.#logger.error("the last batch could not be stored", { error: messageOf(error) });
    }
    if (graceMs > 0) {
      const over = new AbortController();
      const drained = Promise.all(this.#pipelines.map((pipeline) => pipeline.drained()));
      await Promise.race([drained, sleep(this.#platform.clock, graceMs, over.signal)]);
      over.abort();
    }
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.stop()));
    await this.#platform.http.close();
    // The disk may have been full until now.
    this.#cancelBallast?.();
    await this.#ballast;
    await this.#layBallast();
    await release(this.#lock, this.#logger);
    if (failure !== undefined) throw failure;
  }

  /** A disk that is full now may be full again at the next start, whatever was between. */
  async #layBallast(): Promise<void> {
    // Without the lock the disk is gone, and this is the directory on which it was.
    const isLaid = await this.#lock.isHeld() &&
      await layBallast(this.#platform.files, this.#options.dataPath);
    if (isLaid || this.#closed) return;
    this.#cancelBallast = this.#platform.clock.after(BALLAST_RETRY_MS, () => {
      this.#ballast = this.#layBallast();
    });
  }

  #stores(): BatchStore[] {
    const takes = this.#pipelines.filter((pipeline) => !this.#isOrphan(pipeline));
    return takes.map((pipeline) => pipeline.store);
  }
}

function nameOf({ name }: Pipeline): string {
  return name;
}

async function openDataPath(dataPath: string, platform: Platform): Promise<DataPathLock> {
  try {
    await makeDurableDirectory(platform.files, dataPath);
    return await lockDataPath(dataPath, platform);
  } catch (error) {
    throw storageError(dataPath, error);
  }
}

/** A lock that cannot be removed is no reason to fail: this process knows it as given up. */
async function release(lock: DataPathLock, logger: Logger): Promise<void> {
  try {
    await lock.release();
  } catch (error) {
    logger.warn("cannot remove the lock of the data path", { error: messageOf(error) });
  }
}

function storageError(dataPath: string, error: unknown): WalqError {
  if (error instanceof WalqError) return error;
  const message = `Cannot open data path "${dataPath}": ${messageOf(error)}`;
  return new WalqError("STORAGE", message, { cause: error });
}
