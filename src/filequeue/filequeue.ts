import type {
  BacklogPart,
  BatchCounts,
  BatchId,
  BatchLane,
  BatchStore,
  Clock,
  EndpointEvents,
  FileSystem,
  IdRun,
  Lease,
  Logger,
  Random,
  SetAsideBatch,
  SkipRule,
  StagedBatch,
  StorableBatch,
  StoreRules,
  StoreTotals,
} from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { messageOf } from "../errors.ts";
import { Backlog } from "../store/backlog.ts";
import { BatchIds } from "./batch_ids.ts";
import { QueueDirectory } from "./directory.ts";
import type { DeliveredBatches } from "./delivered_batches.ts";
import { DiskLimit } from "./disk_limit.ts";
import { type BatchSize, sizeOf } from "../store/batch_size.ts";
import { Intake, makeDirectories, type StagedDraft } from "./intake.ts";
import { Inventory } from "../store/inventory.ts";
import { BatchLoader } from "./batch_loader.ts";
import { Recount } from "./recount.ts";
import { RecoveryPlanner } from "./recovery.ts";
import { Sequence } from "./sequence.ts";
import { listSetAside } from "./set_aside.ts";
import { Skipping } from "./skipping.ts";
import { StoreLane } from "../store/store_lane.ts";
import { SyncLater } from "./sync_later.ts";
import { SyncScheduler } from "./sync_scheduler.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";
import { PendingDeletes } from "./pending_deletes.ts";
import { refusePrometheusWal } from "./prometheus_wal.ts";
import { refuseZstdFiles } from "./zstd_files.ts";

/** What a {@link FileQueue} is made of. */
export interface FileQueueOptions {
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly events: EndpointEvents;
  /** Told at once when a file is given up: it was not the batch that its name says. */
  readonly onQuarantined?: ((id: BatchId) => void) | undefined;
  readonly logger: Logger;
  readonly rules: StoreRules;
  /**
   * Whether the data path is there and this process owns it: a name that is not
   * found says nothing where the disk itself is gone.
   */
  readonly isOwner: () => Promise<boolean>;
  /** Throws when it is known that another process may own the data path: nothing is stored then. */
  readonly refuseIfLost?: (() => void) | undefined;
  /** For the numbers of drafts. */
  readonly random: Random;
  /** The runtime has zstd: else files under it are refused and stay where they are. */
  readonly hasZstd: boolean;
  /** Batches delivered in this run and not deleted yet, also by an earlier queue of this directory. */
  readonly pendingDeletes?: Set<BatchId>;
  /** Keeps batches that are through, where the options ask for that. */
  readonly delivered?: DeliveredBatches | undefined;
  /** Shared by all queues on this data path. @default its own */
  readonly sequence?: Sequence;
  /** Shared by all queues on this disk. @default its own */
  readonly syncScheduler?: SyncScheduler;
}

/**
 * Batches as files, one directory an endpoint: `wal/<id>.committed`. A file is
 * there until every signal in it has an outcome.
 */
export class FileQueue implements BatchStore {
  readonly #root: string;
  readonly #dependencies: DirectoryDependencies;
  readonly #events: EndpointEvents;
  readonly #hasZstd: boolean;
  readonly #refuseIfLost: () => void;
  readonly #inventory: Inventory;
  readonly #backlog: Backlog;
  readonly #loader: BatchLoader;
  readonly #limit: DiskLimit;
  readonly #skipping: Skipping;
  readonly #pendingDeletes: PendingDeletes;
  readonly #delivered: DeliveredBatches | undefined;
  readonly #syncScheduler: SyncScheduler;
  readonly #syncLater: SyncLater;
  readonly #recount: Recount;
  readonly #ids: BatchIds;
  /** All of it, as long as nobody asks for another lane. */
  readonly #whole: StoreLane;
  #rules: StoreRules;
  /** Undefined until the directory was read. */
  #intake: Intake | undefined;
  /** Appends, one after the other: ids are in the order of acceptance. */
  readonly #appending = new SerialExecutor();

  private constructor(options: FileQueueOptions) {
    const { files, clock, logger, events, isOwner, directory: root } = options;
    this.#root = root;
    this.#events = events;
    this.#rules = options.rules;
    this.#delivered = options.delivered;
    this.#hasZstd = options.hasZstd;
    this.#refuseIfLost = options.refuseIfLost ?? (() => {});
    this.#syncScheduler = options.syncScheduler ?? new SyncScheduler(clock);
    const directory = new QueueDirectory(files, root, options.random);
    directory.onUndoFailed = (path, error) =>
      logger.warn("cannot remove a file; it is tried again", { path, error });
    const dependencies = { directory, files, clock, logger, isOwner, events };
    this.#dependencies = dependencies;
    this.#ids = new BatchIds(dependencies, options.sequence ?? new Sequence());
    this.#backlog = new Backlog(() => clock.nowMs());
    const inventory = new Inventory(events, this.#backlog);
    const pendingDeletes = new PendingDeletes(dependencies, options.pendingDeletes ?? new Set());
    const syncLater = new SyncLater(dependencies, this.#syncScheduler);
    const syncFound = (id: BatchId): void => this.#syncFound(id);
    const loader = new BatchLoader({
      ...dependencies,
      inventory,
      syncLater,
      syncFound,
      onQuarantined: options.onQuarantined ?? (() => {}),
      hasZstd: options.hasZstd,
    });
    const rules = (): StoreRules => this.#rules;
    this.#limit = new DiskLimit({
      ...dependencies,
      root,
      rules,
      inventory,
      loader,
      syncLater,
      pendingDeletes,
    });
    this.#skipping = new Skipping({
      ...dependencies,
      inventory,
      loader,
      syncLater,
      pendingDeletes,
      refuseIfLost: this.#refuseIfLost,
    });
    this.#recount = new Recount(inventory, (id) => this.#head(id), dependencies);
    this.#inventory = inventory;
    this.#loader = loader;
    this.#pendingDeletes = pendingDeletes;
    this.#syncLater = syncLater;
    this.#whole = this.#laneFrom(0);
  }

  /**
   * Opens the directory, made when it is missing: what is there comes out of
   * `next` first, in order.
   *
   * @throws {FileSystemError} when the directory cannot be made, listed or written.
   * @throws {WalqError} `UNSUPPORTED_RUNTIME` when a file there needs zstd, and there is none;
   *   `INVALID_OPTIONS` when the directory is Prometheus's.
   */
  static async open(options: FileQueueOptions): Promise<FileQueue> {
    await refusePrometheusWal(options.files, options.directory);
    const queue = new FileQueue(options);
    await queue.#recover();
    return queue;
  }

  async stage(storable: StorableBatch): Promise<StagedBatch> {
    const intake = this.#intake!;
    const staged = await this.#tellFailure(() => {
      this.#refuseIfLost();
      return intake.stage(storable);
    });
    return {
      commit: () => this.#inTurn(storable, staged),
      discard: () => intake.discard(staged),
    };
  }

  append(storable: StorableBatch): Promise<BatchId> {
    return this.#inTurn(storable);
  }

  next(signal: AbortSignal): Promise<Lease | undefined> {
    return this.#whole.next(signal);
  }

  giveBelow(id: BatchId): void {
    this.#whole.giveBelow(id);
  }

  through(signal: AbortSignal): Promise<boolean> {
    return this.#whole.through(signal);
  }

  get pending(): BatchLane["pending"] {
    return this.#whole.pending;
  }

  lane(from: BatchId): BatchLane {
    return this.#laneFrom(from);
  }

  get oldest(): IdRun | undefined {
    return this.#inventory.oldest;
  }

  async ack(id: BatchId): Promise<void> {
    const { bytes } = this.#inventory.remove(id);
    this.#syncLater.forget(id);
    if (await this.#delivered?.take(id, bytes)) return;
    await this.#pendingDeletes.remove(id);
  }

  async quarantine(id: BatchId, reason: string): Promise<void> {
    await this.#loader.quarantine(id, reason);
  }

  skip(rule: SkipRule): Promise<BatchCounts> {
    return this.#skipping.run(rule);
  }

  release(): void {
    this.#whole.release();
  }

  totals(): StoreTotals {
    return this.#inventory.totals();
  }

  backlog(): BacklogPart[] {
    return this.#backlog.parts();
  }

  setAside(max: number): Promise<readonly SetAsideBatch[]> {
    const { files, directory } = this.#dependencies;
    return listSetAside(files, directory.quarantine, max);
  }

  async keepDeleted(): Promise<void> {
    const { files, directory, logger } = this.#dependencies;
    try {
      await files.syncDirectory(directory.wal);
    } catch (error) {
      logger.warn("cannot sync deletions", { error: messageOf(error) });
    }
  }

  configure(rules: StoreRules): void {
    this.#rules = rules;
    // A lower limit applies at once, even when nothing comes in.
    void this.#limit.trim();
  }

  async close(): Promise<void> {
    this.#recount.stop();
    await this.#appending.settled;
    await this.#limit.close();
    await this.#syncLater.close();
  }

  #laneFrom(from: BatchId): StoreLane {
    const readBack = this.#loader.readBack();
    const lease = async (id: BatchId): Promise<Lease | undefined> => {
      const taken = await this.#loader.lease(id, readBack);
      if (taken !== undefined) this.#delivered?.leased(taken);
      return taken;
    };
    const onReleased = (ids: readonly BatchId[]): void => this.#delivered?.released(ids);
    return new StoreLane({ store: this, inventory: this.#inventory, lease, onReleased }, from);
  }

  async #tellFailure<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.#events.storeFailed(messageOf(error));
      throw error;
    }
  }

  #inTurn(storable: StorableBatch, staged?: StagedDraft): Promise<BatchId> {
    return this.#appending.run(() => this.#tellFailure(() => this.#append(storable, staged)));
  }

  async #append(storable: StorableBatch, staged?: StagedDraft): Promise<BatchId> {
    const { batch, again } = storable;
    this.#refuseIfLost();
    const enter = (id: BatchId): Promise<number> => this.#intake!.enter(id, storable, staged);
    const { id, bytes } = await this.#ids.give(storable, enter);
    this.#inventory.add(id, sizeOf(batch, bytes));
    if (again === undefined) this.#loader.keep(id, batch, bytes);
    this.#events.stored({ id, batch, again });
    return id;
  }

  /** What a file that was found holds. */
  async #head(id: BatchId): Promise<BatchSize> {
    const size = await this.#loader.head(id);
    const { sync, syncIntervalMs } = this.#rules;
    if (sync === "interval") await this.#syncLater.roomForFound(syncIntervalMs);
    this.#syncFound(id);
    return size;
  }

  /** The process before may have died, or been stopped by the disk, before it synced its last files. */
  #syncFound(id: BatchId): void {
    const { sync, syncIntervalMs } = this.#rules;
    if (sync === "interval") this.#syncLater.addFound(id, syncIntervalMs);
  }

  #openIntake(): Promise<Intake> {
    return Intake.open({
      ...this.#dependencies,
      root: this.#root,
      syncLater: this.#syncLater,
      syncScheduler: this.#syncScheduler,
      rules: () => this.#rules,
      makeRoom: (bytes, mayDrop) => this.#limit.makeRoom(bytes, mayDrop),
    });
  }

  async #recover(): Promise<void> {
    const { files, directory, logger } = this.#dependencies;
    const { wal, quarantine } = directory;
    await makeDirectories(files, directory);
    this.#intake = await this.#openIntake();
    const planner = new RecoveryPlanner(this.#intake.lastId);
    await files.visit(wal, (entry) => planner.wal(entry));
    await files.visit(quarantine, (entry) => planner.quarantine(entry));
    const plan = planner.plan();
    if (!this.#hasZstd) await refuseZstdFiles(files, directory, plan.pending);
    const firstNew = this.#ids.startFrom(Math.max(plan.nextId, this.#intake.lastId + 1));
    for (const name of plan.remove) await directory.discard({ path: `${wal}/${name}` });
    const { count, first } = plan.foreign;
    if (count > 0) {
      logger.warn("not queue files; left alone", { path: `${wal}/${first}`, files: count });
    }
    const unsent = this.#pendingDeletes.unsent(plan.pending);
    await files.syncDirectory(wal);
    this.#inventory.found(unsent, firstNew);
    void this.#recount.run().then(() => this.#limit.trim());
  }
}
