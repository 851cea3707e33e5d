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
  StreamMessage,
  StreamSeq,
} from "../contracts.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { Waiters } from "../actor/waiters.ts";
import { messageOf, StreamError } from "../errors.ts";
import { Backlog } from "../store/backlog.ts";
import { Inventory } from "../store/inventory.ts";
import { StoreLane } from "../store/store_lane.ts";
import { Aside } from "./aside.ts";
import { Attachment } from "./attachment.ts";
import { DroppedOldest } from "./dropped_oldest.ts";
import { HeadsFollower } from "./heads_follower.ts";
import { Behind } from "./behind.ts";
import { BatchLoader } from "./batch_loader.ts";
import type { HeldPartition } from "./held_partition.ts";
import type { StreamIntake } from "./intake.ts";
import { Settling } from "./settling.ts";
import { skipOlder } from "./skipping.ts";
import { wordsIn } from "./words.ts";

/** What a {@link JetStreamStore} is made of. */
export interface JetStreamStoreOptions {
  /** The endpoint whose batches these are. */
  readonly endpoint: string;
  readonly log: StreamLog;
  readonly intake: StreamIntake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EndpointEvents;
  readonly rules: StoreRules;
  /** Whether this process gives batches out, or brings them alone. @default true */
  readonly sends?: boolean | undefined;
  /** Told when a batch is set aside. */
  readonly onQuarantined?: ((id: BatchId) => void) | undefined;
  /**
   * The servers have lost what they had acknowledged from this number on, for all stores of the
   * stream: each is to be told by {@link JetStreamStore.wentBack}, and attached anew.
   */
  readonly onWentBack?: ((from: StreamSeq) => void) | undefined;
  /** The same, found out while it was attached, which it goes on with: the others are to be told. */
  readonly onFoundBack?: ((from: StreamSeq) => void) | undefined;
  /** Whether the other endpoints of this process know what the numbers mean by which they are through. */
  readonly areOthersSure?: (() => boolean) | undefined;
  /** Told when it is closed. */
  readonly onClosed?: (() => void) | undefined;
}

/**
 * The batches of an endpoint in a stream of NATS JetStream. Ids are the numbers of their
 * messages, which are the same for all endpoints: a batch is published once, whoever is to
 * get it. It stays in the stream until each endpoint has an outcome for it, which is a
 * number for each endpoint, kept with the partition's lease: see {@link Ownership}.
 *
 * Anybody may append. Batches are given of the partitions that are this process's, from
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
  #attachment: Attachment | undefined;
  readonly #behind = new Behind();
  /** Numbers mean something else than what was met, until it is attached anew. */
  #isBack = false;
  #below: BatchId = Infinity;
  /** Nothing is left of what was met. */
  #isAllLost = false;
  /** Told of each head that is met. */
  readonly #heads = new Waiters();

  constructor(options: JetStreamStoreOptions) {
    this.#of = options;
    this.#rules = options.rules;
    const { log, clock, intake, events, logger } = options;
    const inventory = (): Inventory => this.#inventory;
    this.#loader = new BatchLoader({
      log,
      clock,
      inventory,
      isStillOwn: async () => await this.#attachment?.isStillOwn() ?? false,
      refuseOther: (message) => this.#refuseOther(message),
      setAside: (id, ...why) => this.#setAside(id, ...why),
    });
    this.#aside = new Aside({
      ...options,
      subject: intake.subjects.aside,
      onDone: () => this.#settling.reached(),
    });
    this.#settling = new Settling({
      ...options,
      subjects: intake.subjects,
      cursor: () => this.#cursor,
      isSure: async () => {
        const isSure = await this.#follower?.isSure() ?? false;
        // What is deleted is what nobody needs, by how far the others have come, too.
        return isSure && (this.#of.areOthersSure?.() ?? true);
      },
    });
    this.#dropped = new DroppedOldest({
      events,
      logger,
      inventory,
      sizeOf: (id) => this.#loader.sizeOf(id),
      rules: () => this.#rules,
      onDropped: (id) => {
        this.#settling.pieces(id, this.#loader.piecesOf(id));
        this.#loader.forget(id);
        this.#settling.reached();
      },
    });
    ({ backlog: this.#backlog, inventory: this.#inventory } = this.#nothing());
    this.#whole = this.#laneFrom(0);
  }

  /** Nothing that this endpoint has not had is deleted in these partitions from now on. */
  claim(held: readonly HeldPartition[]): void {
    const { endpoint } = this.#of;
    for (const { ownership } of held) {
      ownership.settled(endpoint, ownership.cursor(endpoint) ?? 0);
    }
  }

  /** The partitions that it was attached with. */
  get held(): readonly HeldPartition[] {
    return this.#attachment?.held ?? [];
  }

  /**
   * These partitions are this process's: what is in them is given from where the endpoint has
   * come to. One that is new gets all that is there: what came in before it was met has been
   * acknowledged for it too.
   *
   * @throws {StreamError} when that cannot be told now.
   */
  async attach(held: readonly HeldPartition[]): Promise<void> {
    const { endpoint, log, intake, clock, logger } = this.#of;
    const { subjects } = intake;
    const attachment = await Attachment.begin(held, {
      endpoint,
      log,
      subjects,
      logger,
      clock,
      behind: this.#behind,
    });
    const { created, lastSeq, lostFrom } = attachment;
    if (lostFrom !== undefined) this.#of.onFoundBack?.(lostFrom);
    this.#empty();
    this.#attachment = attachment;
    this.#isBack = false;
    this.#settling.begin(held);
    this.#backlog.found(lastSeq + 1);
    this.#follower = new HeadsFollower(
      {
        log,
        clock,
        logger,
        subject: subjects.allBatches,
        stream: created,
        newestMs: attachment.newestMs,
        givenAgainBefore: () => attachment.givenAgain(),
        onWentBack: (from) => this.#of.onWentBack?.(from),
      },
      attachment.after,
      (head) => {
        this.#met(head);
        this.#heads.changed();
      },
    );
    this.#follower.start();
  }

  /**
   * The partitions are not this process's any more, and nobody takes from this store. What it
   * had of them is another one's to send, and counted as handed over.
   */
  async detach(): Promise<void> {
    await this.#follower?.stop();
    this.#follower = undefined;
    this.#accountForPending();
    this.#empty();
    this.#attachment = undefined;
    this.#loader.clear();
    this.#settling.forget();
    this.#isAllLost = false;
  }

  /**
   * The servers have lost what had this number, and all that came after it: what they give
   * these numbers to is not through. Nothing is written down until it is attached anew.
   */
  wentBack(from: StreamSeq): void {
    // What tells it is lowered, so nobody else would find it out: nothing more is met.
    void this.#follower?.stop();
    this.#isBack = true;
    this.#settling.forget();
    this.#attachment?.wentBack(from);
    this.#isAllLost = from === 1;
  }

  /** Whether numbers mean what they did when it met them, by what the servers said a moment ago. */
  get wasSure(): boolean {
    return this.#follower?.wasSure ?? false;
  }

  /** Why nothing that is new is seen, for a while; undefined where it is. */
  get notFollowed(): string | undefined {
    return this.#follower?.trouble;
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
    this.#below = id;
    this.#whole.giveBelow(id);
    this.#heads.changed();
  }

  /** What is below a bound may be there, and not be met yet. */
  async through(signal: AbortSignal): Promise<boolean> {
    while (await this.#whole.through(signal)) {
      if (this.#isMet) return true;
      if (!await this.#heads.until(() => this.#isMet || this.pending.batches > 0, signal)) break;
    }
    return false;
  }

  /** No more is to come of what may be given, if that has a bound. */
  get #isMet(): boolean {
    return this.#below === Infinity || (this.#follower?.at ?? 0) >= this.#below - 1;
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
    this.#settling.reached();
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
      subject: intake.subjects.allBatches,
      inventory: this.#inventory,
      loader: this.#loader,
    };
    try {
      return await skipOlder(dependencies, from, rule);
    } finally {
      this.#settling.reached();
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
    const { sends = true } = this.#of;
    // Who brings batches alone need not have the right to read any.
    return sends ? this.#aside.newest(max) : Promise.resolve([]);
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
    // What had its outcome is not to be sent again by the next process.
    await this.keepDeleted();
    await this.detach();
    this.#of.onClosed?.();
    await this.#aside.close();
    await this.#settling.close();
  }

  /** Nothing is known of what is there. */
  #empty(): void {
    ({ backlog: this.#backlog, inventory: this.#inventory } = this.#nothing());
    this.#whole = this.#laneFrom(0);
  }

  /** What has the number of a batch may be another one, of a partition that is another process's. */
  #refuseOther(message: StreamMessage | undefined): void {
    const isOther = message !== undefined && this.#attachment !== undefined &&
      (!this.#attachment.has(message) || this.#follower?.isOther(message));
    if (!this.#isBack && !isOther) return;
    throw new StreamError("unavailable", "numbers of the stream mean something else by now");
  }

  #nothing(): { readonly backlog: Backlog; readonly inventory: Inventory } {
    const { clock, events } = this.#of;
    const backlog = new Backlog(() => clock.nowMs());
    return { backlog, inventory: new Inventory(events, backlog) };
  }

  #laneFrom(from: BatchId): StoreLane {
    const inventory = this.#inventory;
    // With the lane goes what is read ahead for it.
    const ahead = this.#loader.readAhead();
    return new StoreLane({
      store: this,
      inventory,
      lease: (id, after) => this.#loader.lease(id, () => ahead.read(id, after)),
    }, from);
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
    if (!this.#attachment?.has(head)) return;
    const partition = intake.subjects.partitionOf(head.subject);
    const { signals, bytes, times, only, pieces } = wordsIn(head);
    this.#settling.met(partition, head);
    if (only !== undefined && only !== endpoint) return this.#settling.reached();
    this.#inventory.add(seq, { signals, bytes, times });
    this.#loader.knows(head, { partition, seqs: pieces });
    const own = intake.own(id);
    if (own !== undefined) {
      if (own.again === undefined) this.#loader.keep(seq, own.batch, bytes);
      events.stored({ id: seq, ...own });
    } else if (seq <= this.#attachment.lastSeq) events.recovered({ batches: 1, signals });
    else events.followed({ id: seq, signals, times });
    void this.#dropped.trim();
  }

  /** What is pending is another one's to send, or is nowhere. */
  #accountForPending(): void {
    const { events, logger } = this.#of;
    const { signals } = this.#inventory.totals();
    if (signals === 0) return;
    if (!this.#isAllLost) return events.handedOver({ signals });
    logger.error("signals dropped: the stream does not have them any more", { signals });
    events.settled({ outcome: "corrupt", signals });
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
}
