import type {
  BatchId,
  BatchStore,
  Clock,
  EndpointEvents,
  FileSystem,
  IdRun,
  Lease,
  Logger,
  Random,
  StorableBatch,
  StoreRules,
  StoreTotals,
} from "../contracts.ts";
import { assert } from "../assert.ts";
import { Turns } from "../actor/turns.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import { readMeta } from "../formats/meta.ts";
import { IdInUse, QueueDirectory } from "./directory.ts";
import { DiskLimit } from "./disk_limit.ts";
import { committedId } from "./file_name.ts";
import { FreshBatches } from "./fresh_batches.ts";
import { IdRuns } from "./id_runs.ts";
import { type Held, signalsIn } from "./held.ts";
import { Intake, makeDirectories } from "./intake.ts";
import { Quarantine } from "./quarantine.ts";
import { ReadBack } from "./read_back.ts";
import { decodeRecord } from "./record.ts";
import { Recount } from "./recount.ts";
import { ID_MAX, RecoveryPlanner } from "./recovery.ts";
import { Sequence } from "./sequence.ts";
import { SyncLater } from "./sync_later.ts";
import { SyncTurns } from "./sync_turns.ts";
import { Undeleted } from "./undeleted.ts";

/** What a {@link FileQueue} is made of. */
export interface FileQueueOptions {
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly events: EndpointEvents;
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
  /** Delivered in this run, of an earlier queue of this directory too, and not deleted. */
  readonly undeleted?: Set<BatchId>;
  /** Of all queues on this data path. @default its own */
  readonly sequence?: Sequence;
  /** Of all queues on this disk. @default its own */
  readonly syncTurns?: SyncTurns;
}

/**
 * Batches as files, one directory an endpoint: `wal/<id>.committed`. A file is
 * there until every signal in it has an outcome.
 */
export class FileQueue implements BatchStore {
  readonly #root: string;
  readonly #directory: QueueDirectory;
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #events: EndpointEvents;
  readonly #logger: Logger;
  readonly #limit: DiskLimit;
  readonly #isOwner: () => Promise<boolean>;
  readonly #refuseIfLost: () => void;
  readonly #waiting = new IdRuns();
  readonly #leased = new Map<BatchId, Held>();
  readonly #fresh = new FreshBatches();
  readonly #undeleted: Undeleted;
  readonly #syncTurns: SyncTurns;
  readonly #syncLater: SyncLater;
  readonly #readBack: ReadBack;
  readonly #quarantine: Quarantine;
  #rules: StoreRules;
  /** Made when the directory was read. */
  #recount: Recount;
  /** Batches between waiting and what comes of them. */
  readonly #inHand = new Set<BatchId>();
  readonly #sequence: Sequence;
  /** Every id of this queue is smaller. */
  #nextId = 1;
  #below = Infinity;
  /** Undefined until the directory was read. */
  #intake: Intake | undefined;
  #bytes = 0;
  #signals = 0;
  /** Of batches that come in: their ids are in the order of acceptance. */
  readonly #appending = new Turns();
  #wake: (() => void) | undefined;

  private constructor(options: FileQueueOptions) {
    const { files, clock, logger, isOwner } = options;
    this.#root = options.directory;
    this.#files = files;
    this.#clock = clock;
    this.#events = options.events;
    this.#logger = logger;
    this.#limit = new DiskLimit({
      root: this.#root,
      clock,
      logger,
      rules: () => this.#rules,
      bytes: () => this.#bytes,
      batches: () => this.#batches,
      oldest: () => this.#waiting.first,
      drop: (id) => this.#dropOldest(id),
    });
    this.#rules = options.rules;
    this.#sequence = options.sequence ?? new Sequence();
    this.#isOwner = isOwner;
    this.#refuseIfLost = options.refuseIfLost ?? (() => {});
    this.#directory = new QueueDirectory(files, options.directory, options.random);
    this.#directory.onUndoFailed = (path, error) =>
      this.#logger.warn("cannot remove a file; it is tried again", { path, error });
    const tools = { directory: this.#directory, files, clock, logger, isOwner };
    this.#readBack = new ReadBack(tools);
    this.#quarantine = new Quarantine(this.#directory, options.events, logger);
    this.#undeleted = new Undeleted(tools, options.undeleted ?? new Set());
    this.#recount = this.#makeRecount(0);
    this.#syncTurns = options.syncTurns ?? new SyncTurns(clock);
    this.#syncLater = new SyncLater(tools, this.#syncTurns);
  }

  /**
   * Opens the directory, made when it is missing: what is there comes out of
   * `next` first, in order.
   *
   * @throws {FileSystemError} when the directory cannot be made, listed or written.
   */
  static async open(options: FileQueueOptions): Promise<FileQueue> {
    const queue = new FileQueue(options);
    await queue.#recover();
    return queue;
  }

  async stage(storable: StorableBatch): Promise<void> {
    await this.#tellFailure(async () => {
      this.#refuseIfLost();
      await this.#intake!.stage(storable);
    });
  }

  async unstage(storable: StorableBatch): Promise<void> {
    await this.#intake!.unstage(storable);
  }

  append(storable: StorableBatch): Promise<BatchId> {
    return this.#appending.run(() => this.#tellFailure(() => this.#append(storable)));
  }

  async next(signal: AbortSignal): Promise<Lease | undefined> {
    while (!signal.aborted) {
      const { first = Infinity } = this.#waiting;
      if (first >= this.#below) {
        await this.#untilStored(signal);
        continue;
      }
      const id = this.#waiting.shift()!;
      this.#inHand.add(id);
      this.#recount.take(id);
      try {
        const lease = await this.#lease(id);
        if (lease) return lease;
      } catch (error) {
        this.#waiting.unshift([id]);
        this.#recount.putBack(id);
        throw error;
      } finally {
        this.#inHand.delete(id);
        this.#reconcile();
      }
    }
    return undefined;
  }

  giveBelow(id: BatchId): void {
    this.#below = id;
    this.#wake?.();
  }

  get isThrough(): boolean {
    const { first = Infinity } = this.oldest ?? {};
    return first >= this.#below;
  }

  get oldest(): IdRun | undefined {
    const taken = [...this.#leased.keys(), ...this.#inHand].sort((a, b) => a - b);
    const [first = this.#waiting.first] = taken;
    if (first === undefined) return undefined;
    let last = first;
    for (const id of taken) if (id === last + 1) last = id;
    const waiting = this.#waiting.firstRun;
    const isNext = waiting !== undefined && waiting.first <= last + 1;
    return { first, last: isNext ? waiting.last : last };
  }

  async ack(id: BatchId): Promise<void> {
    this.#forget(id);
    this.#reconcile();
    await this.#undeleted.remove(id);
  }

  async quarantine(id: BatchId, reason: string): Promise<void> {
    const { signals } = this.#forget(id);
    const movedAside = this.#quarantine.take(id, signals, reason);
    this.#reconcile();
    await movedAside;
  }

  release(): void {
    this.#waiting.unshift([...this.#leased.keys()]);
    this.#leased.clear();
    this.#wake?.();
  }

  totals(): StoreTotals {
    return {
      batches: this.#batches,
      bytes: this.#bytes,
      signals: this.#signals,
      uncounted: this.#recount.left(this.#waiting, this.#inHand),
    };
  }

  async keepDeleted(): Promise<void> {
    try {
      await this.#files.syncDirectory(this.#directory.wal);
    } catch (error) {
      this.#logger.warn("cannot sync deletions", { error: messageOf(error) });
    }
  }

  configure(rules: StoreRules): void {
    this.#rules = rules;
    // A limit that is lower now holds at once, also where nothing comes in.
    void this.#limit.trim();
  }

  async close(): Promise<void> {
    this.#recount.stop();
    await this.#appending.settled;
    await this.#limit.close();
    await this.#syncLater.close();
  }

  get #batches(): number {
    return this.#waiting.size + this.#leased.size + this.#inHand.size;
  }

  async #tellFailure<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.#events.storeFailed(messageOf(error));
      throw error;
    }
  }

  async #append(storable: StorableBatch): Promise<BatchId> {
    const { batch } = storable;
    this.#refuseIfLost();
    const { id, bytes } = await this.#enter(storable);
    this.#signals += batch.series + batch.metadata;
    this.#bytes += bytes;
    this.#waiting.push(id);
    this.#fresh.put(id, batch, bytes);
    this.#events.stored({ id, batch });
    this.#wake?.();
    return id;
  }

  /** Under an id that no file has, whoever wrote it. */
  async #enter(storable: StorableBatch): Promise<{ id: BatchId; bytes: number }> {
    for (;;) {
      const id = this.#idFor(storable);
      try {
        return { id, bytes: await this.#intake!.enter(id, storable) };
      } catch (error) {
        if (!(error instanceof IdInUse)) throw error;
        if (!await this.#isOwner()) throw lostTo(error);
        const message = "somebody else has put a batch there; it is sent after the next start";
        this.#logger.error(message, { path: error.path });
        await this.#passIdsInUse();
      }
    }
  }

  /** That of the stores before it, unless it was tried here already. */
  #idFor(storable: StorableBatch): BatchId {
    const { id: given = 0 } = storable;
    const id = given >= this.#nextId ? given : this.#sequence.next();
    storable.id = id;
    this.#nextId = id + 1;
    return id;
  }

  async #passIdsInUse(): Promise<void> {
    await this.#files.visit(this.#directory.wal, ({ name }) => {
      const id = committedId(name);
      if (id !== undefined && id <= ID_MAX) this.#sequence.pass(id);
    });
  }

  async #dropOldest(id: BatchId): Promise<void> {
    const held = await this.#heldBy(id);
    // Meanwhile it was taken to be sent.
    if (this.#waiting.first !== id) return;
    this.#waiting.shift();
    this.#inHand.add(id);
    try {
      if (held instanceof FileSystemError) return await this.#withoutFile(id, held);
      const { signals, bytes } = held;
      this.#countLate(id, { signals, bytes });
      this.#signals -= signals;
      this.#bytes -= bytes;
      this.#syncLater.forget(id);
      this.#events.settled({ outcome: "disk_limit", signals });
      this.#limit.log(this.#directory.pathOf(id), signals);
      if (await this.#undeleted.remove(id)) return;
      throw new WalqError("STORAGE", `cannot delete ${this.#directory.pathOf(id)} to make room`);
    } finally {
      this.#inHand.delete(id);
      this.#reconcile();
    }
  }

  /** What a waiting batch holds, or why it is given up. */
  async #heldBy(id: BatchId): Promise<Held | FileSystemError> {
    const fresh = this.#fresh.take(id);
    if (fresh !== undefined) {
      return { signals: fresh.batch.series + fresh.batch.metadata, bytes: fresh.recordBytes };
    }
    return await this.#readBack.heldToDrop(id);
  }

  async #lease(id: BatchId): Promise<Lease | undefined> {
    const fresh = this.#fresh.take(id);
    if (fresh !== undefined) {
      const { batch, recordBytes } = fresh;
      const signals = batch.series + batch.metadata;
      this.#leased.set(id, { signals, bytes: recordBytes });
      return { id, signals, ...batch };
    }
    const bytes = await this.#readBack.whole(id);
    if (bytes instanceof FileSystemError) {
      await this.#withoutFile(id, bytes);
      return undefined;
    }
    try {
      const { meta, data } = decodeRecord(bytes);
      const known = readMeta(meta);
      const held = { signals: known.signals, bytes: bytes.length };
      if (!this.#recount.isCounted(id)) this.#syncFound(id);
      this.#countLate(id, held);
      this.#leased.set(id, held);
      return { id, data, ...known };
    } catch (error) {
      if (!(error instanceof WalqError)) throw error;
      const signals = signalsIn(bytes);
      this.#countLate(id, { signals, bytes: bytes.length });
      this.#signals -= signals;
      this.#bytes -= bytes.length;
      this.#syncLater.forget(id);
      await this.#quarantine.take(id, signals, error.message);
      return undefined;
    }
  }

  /** A batch that the recount has not come to is counted when it is read. */
  #countLate(id: BatchId, held: Held): void {
    if (!this.#recount.isCounted(id)) this.#count(held);
    this.#recount.read(id);
  }

  #count({ signals, bytes }: Held): void {
    this.#signals += signals;
    this.#bytes += bytes;
    this.#events.recovered({ batches: 0, signals });
  }

  /** Goes on without a file that cannot be read. */
  async #withoutFile(id: BatchId, error: FileSystemError): Promise<void> {
    this.#recount.read(id);
    this.#syncLater.forget(id);
    await this.#quarantine.takeUnread(id, error);
  }

  #forget(id: BatchId): Held {
    const held = this.#leased.get(id);
    assert(held !== undefined, `batch ${id} is not leased`);
    this.#leased.delete(id);
    this.#signals -= held.signals;
    this.#bytes -= held.bytes;
    this.#syncLater.forget(id);
    return held;
  }

  /**
   * A file that changed after it was counted does not say any more what it held.
   * When nothing is left, what the sums still have was in such files.
   */
  #reconcile(): void {
    if (this.#waiting.size > 0 || this.#leased.size > 0 || this.#inHand.size > 0) return;
    const signals = this.#signals;
    this.#signals = 0;
    this.#bytes = 0;
    if (signals > 0) this.#events.settled({ outcome: "corrupt", signals });
    // Dropped more than there was: no counter goes down for it.
    if (signals < 0) this.#events.putBack({ signals: -signals });
  }

  #makeRecount(firstNew: BatchId): Recount {
    const read = async (id: BatchId): Promise<Held> => {
      const held = await this.#readBack.held(id);
      const { sync, syncIntervalMs } = this.#rules;
      if (sync === "interval") await this.#syncLater.roomForFound(syncIntervalMs);
      this.#syncFound(id);
      return held;
    };
    return new Recount(firstNew, read, { clock: this.#clock, isOwner: this.#isOwner });
  }

  /** The process before may have died, or been stopped by the disk, before it synced its last files. */
  #syncFound(id: BatchId): void {
    const { sync, syncIntervalMs } = this.#rules;
    if (sync === "interval") this.#syncLater.addFound(id, syncIntervalMs);
  }

  #openIntake(): Promise<Intake> {
    return Intake.open({
      store: this,
      root: this.#root,
      directory: this.#directory,
      files: this.#files,
      syncLater: this.#syncLater,
      syncTurns: this.#syncTurns,
      logger: this.#logger,
      isOwner: this.#isOwner,
      rules: () => this.#rules,
      makeRoom: (bytes) => this.#limit.makeRoom(bytes),
    });
  }

  async #recover(): Promise<void> {
    const { wal, quarantine } = this.#directory;
    await makeDirectories(this.#files, this.#directory);
    this.#intake = await this.#openIntake();
    const planner = new RecoveryPlanner(this.#intake.lastId);
    await this.#files.visit(wal, (entry) => planner.wal(entry));
    await this.#files.visit(quarantine, (entry) => planner.quarantine(entry));
    const plan = planner.plan();
    this.#nextId = Math.max(plan.nextId, this.#intake.lastId + 1);
    this.#sequence.pass(this.#nextId - 1);
    for (const name of plan.remove) await this.#directory.discard({ path: `${wal}/${name}` });
    const { count, first } = plan.foreign;
    if (count > 0) {
      this.#logger.warn("not queue files; left alone", { path: `${wal}/${first}`, files: count });
    }
    for (const id of this.#undeleted.unsent(plan.pending)) this.#waiting.push(id);
    await this.#files.syncDirectory(wal);
    this.#recount = this.#makeRecount(this.#nextId);
    this.#events.recovered({ batches: this.#waiting.size, signals: 0 });
    void this.#recount.run(this.#waiting, (held) => this.#count(held)).then(() =>
      this.#limit.trim()
    );
  }

  #untilStored(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener("abort", settle);
        this.#wake = undefined;
        resolve();
      };
      signal.addEventListener("abort", settle, { once: true });
      this.#wake = settle;
    });
  }
}

/** An id was used by somebody else, and the lock is not there or not this process's. */
function lostTo(cause: IdInUse): WalqError {
  const message = `another process writes to the data path: ${cause.message}`;
  return new WalqError("STORAGE", message, { cause });
}
