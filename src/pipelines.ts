import type {
  BatchCounts,
  BatchSink,
  CancelTimer,
  Clock,
  DropChoice,
  Logger,
} from "./contracts.ts";
import { SerialExecutor } from "./actor/serial_executor.ts";
import type { EndpointTime } from "./clock/endpoint_time.ts";
import { type DataPath, storageError } from "./data_path.ts";
import { messageOf, WalqError } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";
import { type Orphans, pipelineSpecs } from "./orphans.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineContext } from "./pipeline/context.ts";
import { KeptActions } from "./pipelines/kept_actions.ts";
import { ageOf, endOfTurn, pauseAllButFirst, type SendOrder } from "./pipelines/send_order.ts";
import type { EndpointSnapshot } from "./stats/endpoint_snapshot.ts";
import type { OrphanSnapshot } from "./stats/queue_stats.ts";

const DRAIN_RETRY_MS = 10_000;

/** What {@link Pipelines} work with. */
interface PipelinesDependencies {
  readonly context: PipelineContext;
  readonly dataPath: DataPath;
  readonly orphans: Orphans;
}

/**
 * All pipelines of a queue: those of the endpoints, and of the orphans that are
 * drained to one of them. Decides which goes first, and what a change of the options does.
 */
export class Pipelines {
  readonly #context: PipelineContext;
  readonly #dataPath: DataPath;
  readonly #orphans: Orphans;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #options: ResolvedOptions;
  /** Those of the endpoints, in their order, and then those of the orphans that are drained. */
  #all: Pipeline[];
  readonly #changes = new SerialExecutor();
  #isClosing = false;
  #suspendedFor: string | undefined;
  #cancelDrain: CancelTimer | undefined;
  /** See {@link KeptActions}. */
  readonly kept: KeptActions;

  private constructor(
    dependencies: PipelinesDependencies,
    options: ResolvedOptions,
    all: Pipeline[],
  ) {
    this.#context = dependencies.context;
    this.#dataPath = dependencies.dataPath;
    this.#orphans = dependencies.orphans;
    this.#clock = dependencies.context.platform.clock;
    this.#logger = dependencies.context.logger;
    this.#options = options;
    this.#all = all;
    this.kept = new KeptActions({
      changes: this.#changes,
      isClosing: () => this.#isClosing,
      isOrphan: (pipeline) => this.#isOrphan(pipeline),
      choose: (endpoint) => this.choose(endpoint),
    });
  }

  /** Opens the directories of all endpoints; sends nothing yet. Where one fails, none is open. */
  static async open(
    dependencies: PipelinesDependencies,
    resolved: ResolvedOptions,
  ): Promise<Pipelines> {
    const all: Pipeline[] = [];
    try {
      await dependencies.orphans.look(resolved);
      for (const { options } of pipelineSpecs(resolved, dependencies.orphans.found)) {
        all.push(await Pipeline.open(dependencies.context, options, resolved));
      }
    } catch (error) {
      for (const pipeline of all) await pipeline.stop();
      throw storageError(dependencies.dataPath.path, error);
    }
    return new Pipelines(dependencies, resolved, all);
  }

  async start(): Promise<void> {
    await this.#arrange();
    for (const pipeline of this.#all) this.#start(pipeline);
  }

  /** While they are suspended, for this reason, nothing is sent or deleted. Resolves when that is so. */
  async suspend(why: string | undefined): Promise<void> {
    this.#suspendedFor = why;
    await Promise.all(this.#all.map((pipeline) => pipeline.suspend(why)));
  }

  /** Nothing more is begun; resolves when what was has its outcome, or the signal aborts. */
  async finish(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all.map((pipeline) => pipeline.finish(signal)));
  }

  /** Does it while no endpoint comes or goes. */
  alone(change: () => Promise<void>): Promise<void> {
    return this.#changes.run(change);
  }

  /** Where what comes in goes: the stores of the endpoints, in their order; an orphan takes nothing. */
  get sinks(): BatchSink[] {
    const { stream } = this.#context;
    if (stream !== undefined) return [stream.sink];
    const takes = this.#all.filter((pipeline) => !this.#isOrphan(pipeline));
    return takes.map((pipeline) => pipeline.store);
  }

  /** What each of them knows of the time. */
  get times(): readonly EndpointTime[] {
    return this.#all.map((pipeline) => pipeline.time);
  }

  endpoints(): EndpointSnapshot[] {
    return this.#all.map((pipeline) => pipeline.snapshot());
  }

  /** That of an endpoint, or of an orphan that is drained. */
  find(endpoint: string): Pipeline | undefined {
    return this.#all.find(({ name }) => name === endpoint);
  }

  /**
   * Drops what waits and of which all signals are older, of one endpoint or orphan that is
   * drained, or of all.
   *
   * @throws {WalqError} `INVALID_OPTIONS` for one that there is not; `STORAGE`, `CLOSED`.
   */
  async dropBefore({ endpoint, beforeMs, dryRun = false }: DropChoice): Promise<BatchCounts> {
    const sum = { batches: 0, signals: 0 };
    for (const pipeline of this.choose(endpoint)) {
      const { batches, signals } = await pipeline.dropBefore(beforeMs, dryRun);
      sum.batches += batches;
      sum.signals += signals;
      // Nothing of it may be left to be drained, and nobody else would see that.
      const isEmpty = !dryRun && this.#isOrphan(pipeline) && pipeline.pendingBatches === 0;
      if (isEmpty && !this.#isClosing) this.#drained(pipeline);
    }
    return sum;
  }

  /**
   * That of this name, or all of them.
   *
   * @throws {WalqError} `INVALID_OPTIONS` when there is none.
   */
  choose(endpoint: string | undefined): readonly Pipeline[] {
    if (endpoint === undefined) return this.#all;
    const found = this.find(endpoint);
    if (found !== undefined) return [found];
    const names = this.#all.map(({ name }) => `"${name}"`).join(", ");
    throw new WalqError(
      "INVALID_OPTIONS",
      `Cannot find endpoint: got "${endpoint}", expected one of ${names || "none"}`,
    );
  }

  orphans(): OrphanSnapshot[] {
    return this.#orphans.found.map(({ name, batches }) => {
      const sending = this.#all.find((pipeline) => pipeline.name === name);
      const left = sending?.pendingBatches ?? batches;
      return { name, batches: left, drainsTo: sending && this.#options.drainOrphans[name] };
    });
  }

  /**
   * Endpoints whose options are the same are not touched; changed ones stop at once
   * and go on in order; removed ones stop and their files stay. `takeStores` makes
   * what comes in go to the stores as they are from then on.
   *
   * @throws {WalqError} `CLOSED`, or `STORAGE` when an endpoint cannot be added:
   * nothing was changed.
   */
  async update(resolved: ResolvedOptions, takeStores: () => Promise<void>): Promise<void> {
    await this.#changes.run(() => this.#update(resolved, takeStores));
  }

  /** No change begins any more; resolves when those that had begun are through. */
  async endChanges(): Promise<void> {
    this.#isClosing = true;
    await this.#changes.settled;
    this.#cancelDrain?.();
  }

  /** Sends without waiting for full requests; resolves when nothing is pending. */
  async drained(): Promise<void> {
    await Promise.all(this.#all.map((pipeline) => pipeline.drained()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((pipeline) => pipeline.stop()));
  }

  async #update(resolved: ResolvedOptions, takeStores: () => Promise<void>): Promise<void> {
    if (this.#isClosing) throw new WalqError("CLOSED", "Cannot update: the queue is closed");
    const specs = pipelineSpecs(resolved, this.#orphans.found);
    const before = new Map(this.#all.map((pipeline) => [pipeline.name, pipeline]));
    const added = await this.#openAdded(resolved, before);
    const wereOrphans = new Set(
      this.#all.filter((one) => this.#isOrphan(one)).map(({ name }) => name),
    );
    const drainedTo = this.#options.drainOrphans;
    // Orphans that are drained only from now on follow below.
    const after = specs.flatMap(({ options: { name } }) =>
      before.get(name) ?? added.get(name) ?? []
    );
    this.#options = resolved;
    this.#all = after;
    // Pause before an orphan gets the options of the endpoint that is to wait for it, and
    // before an endpoint that is to be an orphan is looked for.
    const leaving = [...before.keys()].filter((name) => !after.some((one) => one.name === name));
    await pauseAllButFirst(this.#sendOrders(leaving));
    // An orphan that is an endpoint again is updated before its store takes what comes in, which must
    // not go where the rest of the orphan went.
    for (const options of resolved.endpoints) {
      if (!wereOrphans.has(options.name)) continue;
      await before.get(options.name)!.update(options, resolved, "is_endpoint");
    }
    // A store that still takes a batch must not be opened a second time by a later update.
    await takeStores();
    for (const [name, pipeline] of before) {
      if (after.includes(pipeline)) continue;
      await pipeline.stop();
      this.#logger.warn("endpoint removed; its files stay", { endpoint: name });
    }
    for (const { options, acceptsBatches } of specs) {
      const { name } = options;
      const goesElsewhere = !acceptsBatches && drainedTo[name] !== resolved.drainOrphans[name];
      await before.get(name)?.update(
        options,
        resolved,
        goesElsewhere ? "goes_elsewhere" : undefined,
      );
    }
    await this.#look(resolved);
    await this.#drainFound(resolved);
    await this.#arrange();
    for (const pipeline of added.values()) this.#start(pipeline);
  }

  /**
   * They are opened before anything is stopped, so a directory that cannot be made
   * changes nothing. An orphan can be opened later: what comes behind it waits.
   */
  async #openAdded(
    resolved: ResolvedOptions,
    before: ReadonlyMap<string, Pipeline>,
  ): Promise<Map<string, Pipeline>> {
    const added = new Map<string, Pipeline>();
    for (const options of resolved.endpoints) {
      if (before.has(options.name)) continue;
      try {
        await this.#dataPath.refuseIfGone();
        added.set(options.name, await Pipeline.open(this.#context, options, resolved));
      } catch (error) {
        for (const pipeline of added.values()) await pipeline.stop();
        throw storageError(this.#dataPath.path, error);
      }
    }
    return added;
  }

  #look(resolved: ResolvedOptions): Promise<void> {
    return this.#orphans.lookAgain(resolved, () => this.#dataPath.refuseIfGone());
  }

  /** Orphans that this very update has made, or that could not be opened before. */
  async #drainFound(resolved: ResolvedOptions): Promise<void> {
    if (!this.#orphans.isSure) this.#drainLater();
    for (const { options, acceptsBatches } of pipelineSpecs(resolved, this.#orphans.found)) {
      if (acceptsBatches || this.#all.some(({ name }) => name === options.name)) continue;
      try {
        await this.#dataPath.refuseIfGone();
        const pipeline = await Pipeline.open(this.#context, options, resolved);
        this.#all = [...this.#all, pipeline];
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
    this.#cancelDrain = this.#clock.after(DRAIN_RETRY_MS, () => {
      this.#soon("cannot drain orphans", async () => {
        if (this.#isClosing) return;
        if (!this.#orphans.isSure) await this.#look(this.#options);
        await this.#drainFound(this.#options);
        await this.#arrange();
      });
    });
  }

  /** A change that nobody waits for. */
  #soon(failure: string, change: () => Promise<void>): void {
    void this.#changes.run(change).catch((error) => {
      this.#logger.error(failure, { error: messageOf(error) });
    });
  }

  /**
   * The oldest goes first, whichever directory it is in: each sends what is older than
   * all that the others have, so that nothing is overtaken. None begins before those
   * that wait have stopped.
   */
  async #arrange(): Promise<void> {
    const orders = this.#sendOrders();
    await pauseAllButFirst(orders);
    await Promise.all(orders.map(([first, ...rest]) => first?.sendBelow(endOfTurn(first, rest))));
  }

  /**
   * For each endpoint its own pipeline and those of its orphans that are not through,
   * the oldest first. @param leaving orphans that are to be, and were endpoints until now
   */
  #sendOrders(leaving: readonly string[] = []): SendOrder[] {
    const { endpoints, drainOrphans } = this.#options;
    const orphans = this.#all.filter((pipeline) =>
      this.#isOrphan(pipeline) && pipeline.pendingBatches > 0
    );
    // One that could not be opened yet, or not even be looked for, is waited for.
    const { found, isSure } = this.#orphans;
    const expected = isSure ? found.map(({ name }) => name) : Object.keys(drainOrphans);
    const missing = [...expected, ...leaving].filter((name) =>
      !this.#all.some((pipeline) => pipeline.name === name)
    );
    return endpoints.map(({ name }) => {
      const own = this.#all.filter((pipeline) => pipeline.name === name);
      const goHere = orphans.filter((orphan) => drainOrphans[orphan.name] === name);
      // At the same age an orphan goes first: nothing more comes to it.
      const order = [...goHere, ...own].sort((a, b) => ageOf(a) - ageOf(b));
      // Its age is unknown, so it is waited for.
      return missing.some((orphan) => drainOrphans[orphan] === name)
        ? [undefined, ...order]
        : order;
    });
  }

  #start(pipeline: Pipeline): void {
    void pipeline.suspend(this.#suspendedFor);
    pipeline.start(() => this.#turnEnded(pipeline));
    if (this.#isOrphan(pipeline)) void pipeline.drained().then(() => this.#drained(pipeline));
  }

  /** Another one is the oldest now. */
  #turnEnded(pipeline: Pipeline): void {
    // What an orphan has deleted must stay so before anything is sent behind it: it goes first.
    const isDrained = this.#isOrphan(pipeline) && pipeline.pendingBatches === 0;
    if (isDrained && !this.#isClosing) return;
    this.#soon("cannot go on with the next orphan", () => this.#arrange());
  }

  /** An orphan has been sent: it goes, unless it has become an endpoint meanwhile. */
  #drained(pipeline: Pipeline): void {
    this.#soon("cannot end the draining of an orphan", async () => {
      // The close stops it. What its endpoint has is sent as long as there is time.
      if (this.#isClosing) return this.#arrange();
      if (!this.#all.includes(pipeline) || !this.#isOrphan(pipeline)) return;
      this.#all = this.#all.filter((other) => other !== pipeline);
      await pipeline.stop();
      await pipeline.store.keepDeleted();
      this.#orphans.sent(pipeline.name);
      await this.#arrange();
    });
  }

  #isOrphan(pipeline: Pipeline): boolean {
    return !this.#options.endpoints.some(({ name }) => name === pipeline.name);
  }
}
