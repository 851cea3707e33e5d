import type {
  BacklogPart,
  BatchCounts,
  BatchId,
  BatchLane,
  BatchStore,
  Clock,
  EndpointEvents,
  IdRun,
  Lease,
  Logger,
  SetAsideBatch,
  SkipRule,
  StagedBatch,
  StorableBatch,
  StoreRules,
  StoreTotals,
  StreamHead,
  StreamLog,
  StreamSeq,
} from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { messageOf } from "../errors.ts";
import { Backlog } from "../store/backlog.ts";
import { Inventory } from "../store/inventory.ts";
import { StoreLane } from "../store/store_lane.ts";
import { Aside } from "./aside.ts";
import { DroppedOldest } from "./dropped_oldest.ts";
import { HeadsFollower } from "./heads_follower.ts";
import { BatchLoader } from "./batch_loader.ts";
import type { Ownership } from "./ownership.ts";
import type { PartitionIntake } from "./partition.ts";
import { Settling } from "./settling.ts";
import { skipOlder } from "./skipping.ts";
import { wordsIn } from "./words.ts";

/** What a {@link JetStreamStore} is made of. */
export interface JetStreamStoreOptions {
  /** The endpoint whose batches these are. */
  readonly endpoint: string;
  readonly log: StreamLog;
  readonly intake: PartitionIntake;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EndpointEvents;
  readonly rules: StoreRules;
  /** Told when a batch is set aside. */
  readonly onQuarantined?: ((id: BatchId) => void) | undefined;
}

/**
 * The batches of an endpoint in a stream of NATS JetStream. Ids are the numbers of their
 * messages, which are the same for all endpoints: a batch is published once, whoever is to
 * get it. It stays in the stream until each endpoint has an outcome for it, which is a
 * number for each endpoint, kept with the partition's lease: see {@link Ownership}.
 *
 * Anybody may append. Batches are given while the partition is this process's, from
 * `attach` to `detach`: those that were stored by whomever, in the order of the stream.
 */
export class JetStreamStore implements BatchStore {
  readonly #of: JetStreamStoreOptions;
  readonly #appending = new SerialExecutor();
  readonly #loader: BatchLoader;
  readonly #aside: Aside;
  readonly #settling: Settling;
  readonly #dropped: DroppedOldest;
  #rules: StoreRules;
  #backlog: Backlog;
  #inventory: Inventory;
  #whole: StoreLane;
  #follower: HeadsFollower | undefined;

  constructor(options: JetStreamStoreOptions) {
    this.#of = options;
    this.#rules = options.rules;
    const { log, intake, events, logger } = options;
    const inventory = (): Inventory => this.#inventory;
    this.#loader = new BatchLoader({
      log,
      inventory,
      setAside: (id, ...why) => this.#setAside(id, ...why),
    });
    this.#aside = new Aside({
      ...options,
      subject: intake.subjects.aside,
      onDone: () => this.#settled(),
    });
    this.#settling = new Settling(options);
    this.#dropped = new DroppedOldest({
      events,
      logger,
      inventory,
      sizeOf: (id) => this.#loader.sizeOf(id),
      rules: () => this.#rules,
      onDropped: (id) => {
        this.#settling.pieces(id, this.#loader.piecesOf(id));
        this.#loader.forget(id);
        this.#settled();
      },
    });
    ({ backlog: this.#backlog, inventory: this.#inventory } = this.#nothing());
    this.#whole = this.#laneFrom(0);
  }

  /**
   * The partition is this process's: what is in it is given from where the endpoint has
   * come to. One that is new gets all that is there: what came in before it was met has been
   * acknowledged for it too.
   *
   * @throws {StreamError} when that cannot be told now.
   */
  async attach(): Promise<void> {
    const { ownership, endpoint, log, intake, clock, logger } = this.#of;
    const { lastSeq } = await log.state();
    const cursor = ownership.cursor(endpoint) ?? 0;
    ownership.settled(endpoint, cursor);
    this.#empty();
    this.#backlog.found(lastSeq + 1);
    const subject = intake.subjects.batches;
    this.#follower = new HeadsFollower({ log, clock, logger, subject }, cursor, (head) => {
      this.#met(head);
    });
    this.#follower.start();
  }

  /**
   * The partition is not this process's any more, and nobody takes from this store. What it
   * had is another one's to send. Returns the signals of it.
   */
  async detach(): Promise<number> {
    await this.#follower?.stop();
    this.#follower = undefined;
    const { signals } = this.#inventory.totals();
    this.#empty();
    this.#loader.clear();
    this.#settling.forget();
    return signals;
  }

  // deno-lint-ignore require-await -- what is thrown is a rejection
  async stage(storable: StorableBatch): Promise<StagedBatch> {
    this.#of.intake.prepare(storable, this.#only(storable));
    return { commit: () => this.append(storable), discard: () => Promise.resolve() };
  }

  append(storable: StorableBatch): Promise<BatchId> {
    return this.#appending.run(async () => {
      try {
        return await this.#append(storable);
      } catch (error) {
        this.#of.events.storeFailed(messageOf(error));
        throw error;
      }
    });
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

  ack(id: BatchId): Promise<void> {
    this.#inventory.remove(id);
    this.#settling.pieces(id, this.#loader.piecesOf(id));
    this.#settled();
    return Promise.resolve();
  }

  quarantine(id: BatchId, reason: string): Promise<void> {
    const { signals } = this.#inventory.remove(id);
    this.#setAside(id, signals, reason);
    return Promise.resolve();
  }

  async skip(rule: SkipRule): Promise<BatchCounts> {
    const { log, intake, events } = this.#of;
    const from = this.#cursor + 1;
    const dependencies = {
      log,
      events,
      subject: intake.subjects.batches,
      inventory: this.#inventory,
      loader: this.#loader,
    };
    try {
      return await skipOlder(dependencies, from, rule);
    } finally {
      this.#settled();
      if (!rule.isDryRun) await this.keepDeleted();
    }
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
    return this.#aside.newest(max);
  }

  async keepDeleted(): Promise<void> {
    await this.#settling.flush();
  }

  configure(rules: StoreRules): void {
    this.#rules = rules;
    void this.#dropped.trim();
  }

  async close(): Promise<void> {
    await this.#appending.settled;
    await this.detach();
    await this.#aside.close();
    await this.#settling.close();
  }

  /** Nothing is known of what is there. */
  #empty(): void {
    ({ backlog: this.#backlog, inventory: this.#inventory } = this.#nothing());
    this.#whole = this.#laneFrom(0);
  }

  #nothing(): { readonly backlog: Backlog; readonly inventory: Inventory } {
    const { clock, events } = this.#of;
    const backlog = new Backlog(() => clock.nowMs());
    return { backlog, inventory: new Inventory(events, backlog) };
  }

  #laneFrom(from: BatchId): StoreLane {
    const inventory = this.#inventory;
    return new StoreLane({ store: this, inventory, lease: (id) => this.#loader.lease(id) }, from);
  }

  /** What is sent again was refused by this endpoint alone. */
  #only({ again }: StorableBatch): string | undefined {
    return again && this.#of.endpoint;
  }

  async #append(storable: StorableBatch): Promise<BatchId> {
    // What another endpoint's store has published is there for all.
    storable.id ??= (await this.#of.intake.publish(storable, this.#only(storable))).seq;
    return storable.id;
  }

  /** A batch that is next in the stream. */
  #met(head: StreamHead): void {
    const { seq, id } = head;
    const { events, endpoint, intake } = this.#of;
    const { signals, bytes, times, only, pieces } = wordsIn(head);
    if (only !== undefined && only !== endpoint) return this.#settled();
    this.#inventory.add(seq, { signals, bytes, times });
    this.#loader.knows(seq, pieces);
    const own = intake.own(id);
    if (own === undefined) events.recovered({ batches: 1, signals });
    else {
      if (own.again === undefined) this.#loader.keep(seq, own.batch, bytes);
      events.stored({ id: seq, ...own });
    }
    void this.#dropped.trim();
  }

  #setAside(id: BatchId, signals: number, reason: string): void {
    const { events, logger, onQuarantined } = this.#of;
    // Counted in the moment in which it stops being pending, however long the stream takes.
    logger.error("batch set aside", { seq: id, signals, reason });
    events.quarantined({ id, signals, reason });
    onQuarantined?.(id);
    this.#aside.take(id, reason);
  }

  /** All up to this number has its outcome, and is kept elsewhere where it must be. */
  get #cursor(): StreamSeq {
    const pending = this.#inventory.oldest?.first ?? Infinity;
    const at = this.#follower?.at ?? 0;
    return Math.min(pending - 1, this.#aside.oldest - 1, at);
  }

  #settled(): void {
    if (this.#follower !== undefined) this.#settling.reached(this.#cursor);
  }
}
